import { pick, type Random } from './random.ts'

export function singleBytes(bytes: Buffer): readonly Buffer[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
}

/** Cuts into pieces of many lengths. */
export function cut(bytes: Buffer, random: Random): readonly Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + random(pick(random, [2, 8, 64, bytes.length]))
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}
