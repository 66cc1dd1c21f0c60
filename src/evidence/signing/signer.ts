/** Signs statements. The default is an Ed25519 key file; a key in AWS KMS has the same shape. */
export interface Signer {
  readonly key: PublicKeyInfo;
  /** The signature over the bytes; raw for Ed25519, DER for ECDSA. */
  sign(bytes: Buffer): Promise<Buffer>;
}

export interface PublicKeyInfo {
  /** Hex SHA-256 of the public key's SubjectPublicKeyInfo in DER. */
  readonly keyId: string;
  readonly algorithm: SigningAlgorithm;
  /** SubjectPublicKeyInfo in PEM. */
  readonly publicKeyPem: string;
  /** Who holds the private half: `file`, or the ARN of a KMS key. */
  readonly custody: string;
}

export type SigningAlgorithm = "Ed25519" | "ECDSA_P256_SHA256";
