// The fingerprint of the very bytes that are sent.

/** SHA-256 in hex. Needs a secure context, as the camera and the position do. */
export async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** A hex fingerprint as the Repr-Digest header (RFC 9530) wants it. */
export function reprDigest(hex: string): string {
  const bytes = (hex.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
  return `sha-256=:${btoa(String.fromCharCode(...bytes))}:`;
}

/** The first eight digits in two groups: short enough to read out over a telephone. */
export function shortHash(hex: string): string {
  return `${hex.slice(0, 4)} ${hex.slice(4, 8)}`;
}
