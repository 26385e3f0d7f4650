/** A small, seeded random source (mulberry32): the seed reproduces a failure. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

type Random = ReturnType<typeof seededRandom>
type Mutation = (file: Buffer, random: Random) => Buffer

const flipBits: Mutation = (file, random) => {
  for (let count = 1 + random(8); count > 0; count--) {
    const at = random(file.length)
    file.writeUInt8(file.readUInt8(at) ^ (1 << random(8)), at)
  }
  return file
}

const truncate: Mutation = (file, random) => file.subarray(0, random(file.length))

/** A length of up to 4 GiB in place of some other byte. */
const bombLength: Mutation = (file, random) => {
  const at = random(file.length)
  const bomb = Buffer.from(['847fffffff', '84ffffffff', '83ffffff', '80', '88ffffffffffffffff'][random(5)] ?? '', 'hex')
  return Buffer.concat([file.subarray(0, at), bomb, file.subarray(at + 1)])
}

const nestSequences: Mutation = (file, random) => {
  const at = random(file.length)
  const one = Buffer.from(random(2) === 0 ? '3080' : 'a08430000000', 'hex')
  return Buffer.concat([file.subarray(0, at), Buffer.alloc(one.length * (1 + random(20_000)), one), file.subarray(at)])
}

/** The count that most of the files here have, made 2^31 - 1 or more, with the length of its own node alone right. */
const raiseIterations: Mutation = (file, random) => {
  const found = file.indexOf(Buffer.from([2, 2, 8, 0]), random(file.length))
  const at = found === -1 ? random(file.length) : found
  const count = Buffer.from(['02047fffffff', '020500ffffffff', '02047ffffffe', '020480000000'][random(4)] ?? '', 'hex')
  return Buffer.concat([file.subarray(0, at), count, file.subarray(at + 4)])
}

const repeatPart: Mutation = (file, random) => {
  const start = random(file.length)
  const part = file.subarray(start, start + 1 + random(500))
  return Buffer.concat([file.subarray(0, start), ...Array<Buffer>(1 + random(50)).fill(part), file.subarray(start)])
}

const cutPart: Mutation = (file, random) => {
  const start = random(file.length)
  return Buffer.concat([file.subarray(0, start), file.subarray(start + 1 + random(64))])
}

const overwrite: Mutation = (file, random) => {
  const start = random(file.length)
  file.subarray(start, start + 1 + random(32)).fill([0x00, 0xff, 0x30, 0x02][random(4)] ?? 0)
  return file
}

const mutations = [
  flipBits,
  flipBits,
  flipBits,
  truncate,
  bombLength,
  nestSequences,
  raiseIterations,
  repeatPart,
  cutPart,
  overwrite,
]
const maxBytes = 256 * 1_024

/** A copy of a file with one or two things broken. */
export function mutate(file: Uint8Array, random: Random): Buffer {
  let mutated: Buffer = Buffer.from(file)
  for (let count = 1 + random(2); count > 0 && mutated.length > 0; count--) {
    const mutation = mutations[random(mutations.length)] ?? flipBits
    mutated = mutation(mutated, random)
  }
  return mutated.subarray(0, maxBytes)
}
