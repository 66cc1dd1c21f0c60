/* EC2's wire protocol by hand over one kept connection: a client's own cost would hide the servers'. */
import { Agent, request } from "node:http";

const SCOPE = "Credential=AKIAIOSFODNN7EXAMPLE/20261122/us-east-1/ec2/aws4_request";

export class Ec2Client {
  #endpoint;
  #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(endpoint) {
    this.#endpoint = endpoint;
  }

  /** The body of the answer. */
  call(action, parameters = {}) {
    const body = new URLSearchParams({ Action: action, Version: "2016-11-15", ...parameters }).toString();
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": Buffer.byteLength(body),
      authorization: `AWS4-HMAC-SHA256 ${SCOPE}, SignedHeaders=host, Signature=0`,
      "x-amz-date": "20261122T000000Z",
    };
    return new Promise((resolve, reject) => {
      const sent = request(this.#endpoint, { method: "POST", headers, agent: this.#agent }, (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (answer.statusCode === 200) resolve(text);
          else reject(new Error(`${action}: ${answer.statusCode} ${text.slice(0, 300)}`));
        });
        answer.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
