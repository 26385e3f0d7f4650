/** One `-----BEGIN label-----` block. */
export interface PemBlock {
  readonly label: string
  /** The block itself, its lines trimmed. */
  readonly pem: string
  /** The decoded contents; meaningless for a block with headers (`Proc-Type`). */
  readonly der: Buffer
}

/** The body ends at the next five hyphens, so the time is linear for any text. Headers have single hyphens. */
const block = /-----BEGIN ([A-Z0-9 ]{1,40})-----((?:[^-]|-(?!----))*)-----END \1-----/g

/** All blocks of a text. Anything between them (bag attributes, comments) is skipped. */
export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(block)].map(([, label = '', body = '']) => {
    const lines = body.split(/\r\n|[\r\n]/).map((line) => line.trim())
    return {
      label,
      pem: `-----BEGIN ${label}-----\n${lines.join('\n').trim()}\n-----END ${label}-----\n`,
      der: Buffer.from(body, 'base64'),
    }
  })
}
