/** How a peer's links are used: see docs/protocol.md, "Policies". */
export type Policy = 'passive' | 'active' | 'round-robin';
