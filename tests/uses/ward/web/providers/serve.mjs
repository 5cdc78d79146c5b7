// An OpenID Connect provider of oidc-provider: everybody may sign on as anybody. Prints "ready" when it listens.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [port, answerTo, login] = process.argv.slice(2);
const require = createRequire(process.env.OPENSEPSIS_NODE_CLIENTS + "/");
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: "ward", client_secret: "a secret of the ward that is long", redirect_uris: [answerTo],
    grant_types: ["authorization_code"], response_types: ["code"],
  }],
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, preferred_username: sub, groups: sub === "cook" ? ["catering"] : ["icu-nurses", "staff"] }),
  }),
  features: { devInteractions: { enabled: true } },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
