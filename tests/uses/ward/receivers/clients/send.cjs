// Sends files with one HL7 client, one after another, and prints the acknowledgement of each: node send.cjs CLIENT PORT FILE...
const fs = require("fs");
const path = require("path");

const [client, port, ...files] = process.argv.slice(2);
const load = (name) => require(require.resolve(name, { paths: [process.env.OPENSEPSIS_NODE_CLIENTS] }));
const text = (file) => fs.readFileSync(file, "utf8").replace(/^\ufeff/, "").trim().replace(/\r\n|\n/g, "\r");
const within = (promise) => Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error("no answer")), 10000))]);

const clients = {
  "mllp-node": async () => {
    const { MLLPServer } = load("mllp-node");
    const sender = new MLLPServer("127.0.0.1", 0, () => {});
    return (message) =>
      new Promise((yes, no) => sender.send("127.0.0.1", Number(port), message, (error, ack) => (error ? no(error) : yes(ack))));
  },
  "simple-hl7": async () => {
    const simple = load("simple-hl7");
    const parser = new simple.Parser({ segmentSeperator: "\r" });
    return (message) =>
      new Promise((yes, no) => {
        const tcp = simple.Server.createTcpClient({ host: "127.0.0.1", port: Number(port), keepalive: false });
        tcp.send(parser.parse(message), (error, ack) => (error ? no(error) : yes(ack.toString().split("\r").find((line) => line.startsWith("MSA")))));
      });
  },
  "@medplum/hl7": async () => {
    const { Hl7Client } = load("@medplum/hl7");
    const { Hl7Message } = load("@medplum/core");
    const sender = new Hl7Client({ host: "127.0.0.1", port: Number(port) });
    return async (message) => (await sender.sendAndWait(Hl7Message.parse(message))).getSegment("MSA").toString();
  },
  "node-hl7-client": async () => {
    const library = load("node-hl7-client");
    const Client = library.default ?? library.Client;
    return (message) =>
      new Promise((yes, no) => {
        const sender = new Client({ host: "127.0.0.1" });
        const connection = sender.createConnection({ port: Number(port) }, (answer) => {
          yes(answer.getMessage().toString().split("\r").find((line) => line.startsWith("MSA")));
          connection.close();
        });
        connection.on("error", no);
        connection.sendMessage(new library.Message({ text: message })).catch(no);
      });
  },
};

(async () => {
  const send = await clients[client]();
  const said = [];
  for (const file of files) {
    try {
      said.push(await within(send(text(file))));
    } catch (error) {
      said.push(`not sent: ${error.message}`);
    }
  }
  process.stdout.write(JSON.stringify(said), () => process.exit(0));
})();
