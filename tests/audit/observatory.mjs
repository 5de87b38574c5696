// Mozilla's HTTP Observatory on a server that no network knows: … HOST HTTP_PORT HTTPS_PORT. The scan is its own; as with
// curl --connect-to, only where connections lead is ours. What it found is printed as JSON.
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import { fileURLToPath } from "node:url";
import { scan } from "@mdn/mdn-http-observatory";

const [host, httpPort, httpsPort] = process.argv.slice(2);
for (const [Agent, port] of [[http.Agent, httpPort], [https.Agent, httpsPort]]) {
  const connect = Agent.prototype.createConnection;
  Agent.prototype.createConnection = function (options, ...rest) {
    return connect.call(this, { ...options, host: "127.0.0.1", port: Number(port) }, ...rest);
  };
}
// Who installs it with its scripts gets the browsers' list of hosts that are asked by TLS alone, worth points to those
// on it. The host of a trial is not.
const preloaded = fileURLToPath(new URL("../conf/hsts-preload.json", import.meta.resolve("@mdn/mdn-http-observatory")));
if (!fs.existsSync(preloaded)) fs.writeFileSync(preloaded, "{}");
console.log(JSON.stringify(await scan(host)));
