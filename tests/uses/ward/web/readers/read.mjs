// Reads a ward's alerts with fhir-kit-client: the capability statement, a search with its pages, one resource. Prints JSON.
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { readFileSync } from "node:fs";

const [base, token] = process.argv.slice(2);
const folder = join(process.env.OPENSEPSIS_NODE_CLIENTS, "node_modules", "fhir-kit-client");
const { main } = JSON.parse(readFileSync(join(folder, "package.json")));
const { Client } = await import(pathToFileURL(join(folder, main)));

const client = new Client({ baseUrl: base });
client.bearerToken = token;
const capability = await client.capabilityStatement();
const found = await client.search({ resourceType: "Flag", searchParams: { _count: 1 } });
let page = found, read = 0;
while (page) {
  read += (page.entry ?? []).length;
  page = (page.link ?? []).some((link) => link.relation === "next") ? await client.nextPage({ bundle: page }) : undefined;
}
const flags = await client.search({ resourceType: "Flag", searchParams: { status: "active" } });
const flag = await client.read({ resourceType: "Flag", id: flags.entry[0].resource.id });
let refused = 0;
try { await client.search({ resourceType: "Flag", searchParams: { patient: "7" } }); } catch (problem) { refused = problem.response.status; }
console.log(JSON.stringify({ version: capability.fhirVersion, total: found.total, read, flag: flag.status, refused }));
