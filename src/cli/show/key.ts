/** `show crypto key`: the public key only. The private key is never printed. */

export function keyData(publicKey: string | null): { publicKey: string | null } {
  return { publicKey };
}

export function keyText(publicKey: string | null): string {
  return publicKey === null ? "This host has no key: 'crypto key generate' makes one." : publicKey;
}
