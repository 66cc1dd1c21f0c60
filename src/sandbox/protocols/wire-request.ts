import type { IncomingHttpHeaders } from "node:http";

/** A request as it came in, body complete and uncompressed. */
export class WireRequest {
  readonly method: string;
  /** Still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Still percent-encoded, without the question mark. */
  readonly rawQuery: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Of the body as it was sent, hexadecimal. */
  readonly bodySha256: string;
  #form: URLSearchParams | undefined;

  constructor(request: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: Buffer;
    readonly bodySha256: string;
  }) {
    const [path = "/", ...query] = request.url.split("?");
    this.method = request.method;
    this.path = path;
    this.rawQuery = query.join("?");
    this.query = new URLSearchParams(this.rawQuery);
    this.headers = request.headers;
    this.body = request.body;
    this.bodySha256 = request.bodySha256;
  }

  header(name: string): string | undefined {
    const value = Object.hasOwn(this.headers, name) ? this.headers[name] : undefined;
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** Parameters of the query protocols, which come as a form or, for a GET, in the URL. */
  get form(): URLSearchParams {
    this.#form ??= this.body.length > 0 ? new URLSearchParams(this.body.toString("utf8")) : this.query;
    return this.#form;
  }

  get isForm(): boolean {
    const type = this.header("content-type");
    return type ? type.startsWith("application/x-www-form-urlencoded") : this.query.has("Action");
  }
}
