import { pick, type Random } from './random.ts'

export interface Material {
  readonly dictionary: readonly string[]
  readonly others: readonly Buffer[]
  readonly maxBytes: number
}

type Mutation = (input: Buffer, random: Random, material: Material) => Buffer

/** Any position, including the end. */
const place = (input: Buffer, random: Random) => random(input.length + 1)

const replace = (input: Buffer, from: number, to: number, piece: Uint8Array) =>
  Buffer.concat([input.subarray(0, from), piece, input.subarray(to)])

/** A piece of at most this many bytes; short ones come more often. */
function part(input: Buffer, random: Random, most = 64): readonly [from: number, to: number] {
  const from = place(input, random)
  return [from, Math.min(input.length, from + 1 + random(1 + random(most)))]
}

const flipBit: Mutation = (input, random) => {
  const copy = Buffer.from(input)
  const at = random(Math.max(1, input.length))
  if (at < copy.length) copy.writeUInt8(copy.readUInt8(at) ^ (1 << random(8)), at)
  return copy
}

const setByte: Mutation = (input, random) => {
  const at = place(input, random)
  return replace(input, at, Math.min(input.length, at + 1), Buffer.of(random(256)))
}

const insertByte: Mutation = (input, random) => {
  const at = place(input, random)
  return replace(input, at, at, Buffer.of(random(256)))
}

const insertWord: Mutation = (input, random, { dictionary }) => {
  const at = place(input, random)
  return replace(input, at, at, Buffer.from(pick(random, dictionary), 'latin1'))
}

const overwriteByWord: Mutation = (input, random, { dictionary }) => {
  const [from, to] = part(input, random, 16)
  return replace(input, from, to, Buffer.from(pick(random, dictionary), 'latin1'))
}

const removePart: Mutation = (input, random) => {
  const [from, to] = part(input, random)
  return replace(input, from, to, Buffer.alloc(0))
}

const movePart: Mutation = (input, random) => {
  const [from, to] = part(input, random)
  const rest = replace(input, from, to, Buffer.alloc(0))
  const at = place(rest, random)
  return replace(rest, at, at, input.subarray(from, to))
}

const repeatPart: Mutation = (input, random) => {
  const [from, to] = part(input, random)
  const times = random(16) === 0 ? random(2_000) : 1 + random(4)
  return replace(input, to, to, Buffer.concat(Array<Buffer>(times).fill(input.subarray(from, to))))
}

const truncate: Mutation = (input, random) => input.subarray(0, place(input, random))

const splice: Mutation = (input, random, { others }) => {
  const other = pick(random, others)
  return Buffer.concat([input.subarray(0, place(input, random)), other.subarray(place(other, random))])
}

const insertOther: Mutation = (input, random, { others }) => {
  const other = pick(random, others)
  const [from, to] = part(other, random, 256)
  const at = place(input, random)
  return replace(input, at, at, other.subarray(from, to))
}

const otherNumber: Mutation = (input, random) => {
  const digits = [...input.toString('latin1').matchAll(/\d+/g)]
  if (digits.length === 0) return flipBit(input, random, { dictionary: [], others: [], maxBytes: 0 })
  const { index, 0: text } = pick(random, digits)
  const number = Number(text)
  const next = pick(random, [number + 1, number - 1, number * 2, 0, 2 ** 31, 2 ** 53, `0${text}`, random(300)])
  return replace(input, index, index + text.length, Buffer.from(String(next)))
}

const mutations: readonly Mutation[] = [
  ...[flipBit, setByte, insertByte, insertWord, insertWord, overwriteByWord, overwriteByWord, removePart],
  ...[movePart, repeatPart, truncate, splice, insertOther, otherNumber],
]

/** A copy with one or a few changes. */
export function mutate(input: Buffer, random: Random, material: Material): Buffer {
  let mutated = input
  for (let left = 1 + random(1 + random(6)); left > 0; left--)
    mutated = pick(random, mutations)(mutated, random, material)
  return mutated.subarray(0, material.maxBytes)
}
