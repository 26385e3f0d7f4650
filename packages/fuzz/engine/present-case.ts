import { closeSync, openSync, readFileSync, rmSync, writeSync, writevSync } from 'node:fs'

/** The batch that is being looked at, and which of its cases, in a file: for whoever sees that its process hangs. */
export class PresentCase {
  readonly #path: string
  readonly #file: number
  #batch: readonly Buffer[] | undefined

  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'w')
  }

  set(batch: readonly Buffer[], index: number): void {
    if (batch !== this.#batch)
      writevSync(this.#file, [number(batch.length), ...batch.flatMap((each) => [number(each.length), each])], 4)
    this.#batch = batch
    writeSync(this.#file, number(index), 0, 4, 0)
  }

  close(): void {
    closeSync(this.#file)
    rmSync(this.#path, { force: true })
  }
}

export interface Present {
  readonly batch: readonly Buffer[]
  /** The case of it that was begun last. */
  readonly last: Buffer
}

export function readPresentCase(path: string): Present {
  const bytes = readFileSync(path)
  const batch: Buffer[] = []
  for (let at = 8; batch.length < bytes.readUInt32BE(4); at += 4 + (batch.at(-1)?.length ?? 0))
    batch.push(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)))
  return { batch, last: batch[bytes.readUInt32BE(0)] ?? Buffer.alloc(0) }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
