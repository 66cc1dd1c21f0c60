/** Names of variables whose values are secrets by all custom. */
const SECRET_NAME = /SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE_KEY|API_?KEY|ACCESS_KEY$|COOKIE|_DSN$/i;
/** Names that tell where something is, who it is for or what kind it is. */
const TELLING_NAME = /(_FILE|_PATH|_DIR|_URL|_URI|_ID|_NAME|_TYPE|_HELPER|_REGION)$/i;
/** Shorter values are words: blanking them would take ordinary text out of the journal. */
const SHORTEST = 8;

/** `https://user:password@proxy`: the password alone is the secret. */
const IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:([^\s/@]+)@/i;

/** The values of the environment that must not get into a journal, whoever prints them: a program, Terraform, AWS. */
export function environmentSecrets(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value = ""]) => {
    const secret = IN_URL.exec(value)?.[1] ?? (SECRET_NAME.test(name) && !TELLING_NAME.test(name) ? value : "");
    return secret.length >= SHORTEST ? [secret] : [];
  });
}
