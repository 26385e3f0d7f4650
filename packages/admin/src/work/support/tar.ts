/** A file of an archive. */
export interface ArchivedFile {
  /** ASCII, at most 100 characters. */
  readonly name: string
  readonly content: Uint8Array
}

const blockBytes = 512

/** A tar archive (POSIX ustar) of a few small files, in memory. */
export function tar(files: readonly ArchivedFile[], modifiedAt: number): Buffer {
  const blocks = files.flatMap(({ name, content }) => [headerOf(name, content.length, modifiedAt), padded(content)])
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)])
}

function headerOf(name: string, bytes: number, modifiedAt: number): Buffer {
  if (!/^[\w./-]{1,100}$/.test(name)) throw new TypeError(`${name} can't be the name of a file in an archive`)
  const header = Buffer.alloc(blockBytes)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  header.write(name, 0)
  header.write(octal(0o600, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(bytes, 11), 124)
  header.write(octal(Math.floor(modifiedAt / 1_000), 11), 136)
  // The sum of the header takes its own field as spaces.
  header.write(' '.repeat(8), 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)} `, 148)
  return header
}

function padded(content: Uint8Array): Buffer {
  return Buffer.concat([content, Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes)])
}
