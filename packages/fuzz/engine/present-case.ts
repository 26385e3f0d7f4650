import { closeSync, openSync, readFileSync, rmSync, writevSync } from 'node:fs'

/** Keeps the current case in a file, so that whoever sees the process hang can read which one it is. */
export class PresentCase {
  readonly #path: string
  readonly #file: number

  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'w')
  }

  set(input: Buffer): void {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(input.length)
    writevSync(this.#file, [length, input], 0)
  }

  close(): void {
    closeSync(this.#file)
    rmSync(this.#path, { force: true })
  }
}

export function readPresentCase(path: string): Buffer {
  const bytes = readFileSync(path)
  return bytes.subarray(4, 4 + bytes.readUInt32BE(0))
}
