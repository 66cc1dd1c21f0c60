/* EC2's wire protocol by hand over one kept connection: a client's own cost would hide the servers'. */
import { createHash, createHmac } from "node:crypto";
import { Agent, request } from "node:http";

/** For servers that take anybody. */
const ANYBODY = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "none" };

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

export class Ec2Client {
  #endpoint;
  #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  #key;

  constructor(endpoint, key = ANYBODY) {
    this.#endpoint = endpoint;
    this.#key = key;
  }

  /** The headers that SigV4 adds to a POST to `/`. */
  #signature(body) {
    const date = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
    const scope = `${date.slice(0, 8)}/us-east-1/ec2/aws4_request`;
    const headers = `host:${new URL(this.#endpoint).host}\nx-amz-date:${date}\n`;
    const canonical = ["POST", "/", "", headers, "host;x-amz-date", sha256(body)].join("\n");
    const toSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
    const signature = hmac(scope.split("/").reduce(hmac, `AWS4${this.#key.secretAccessKey}`), toSign).toString("hex");
    const credential = `Credential=${this.#key.accessKeyId}/${scope}`;
    return {
      "x-amz-date": date,
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    };
  }

  /** The body of the answer. */
  call(action, parameters = {}) {
    const body = new URLSearchParams({ Action: action, Version: "2016-11-15", ...parameters }).toString();
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": Buffer.byteLength(body),
      ...this.#signature(body),
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
