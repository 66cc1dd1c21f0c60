/** The first thing that is wrong with a bundle. */
export class Wrong extends Error {
  override readonly name = "Wrong";
  /** Of the file in the bundle, or of the ledger. */
  readonly file: string;
  readonly what: string;
  constructor(file: string, what: string) {
    super(`${file}: ${what}`);
    this.file = file;
    this.what = what;
  }
}
