/** The AEAD of a network's data path (RFC 5116, RFC 8439); both have 32-byte keys and 12-byte nonces. */
export type Cipher = 'aes-256-gcm' | 'chacha20-poly1305';
