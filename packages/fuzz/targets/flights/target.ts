import { oneByOne } from '../../engine/one-by-one.ts'
import { cut, singleBytes } from '../../engine/pieces.ts'
import { seededRandom, seedOf } from '../../engine/random.ts'
import { isSlow } from '../../engine/slowness.ts'
import type { FuzzTarget, Verdict } from '../../engine/target.ts'
import { faultOf } from './faults.ts'
import { flightCase } from './flight-case.ts'
import { generateFlight, words } from './grammar.ts'
import { handOn, type Outcome } from './handing-on.ts'
import { mutateFlight } from './mutation.ts'
import { readFlight } from './reading.ts'
import { flightSeeds } from './seeds.ts'
import { sentFlight } from './sent-flight.ts'

/** More is refused. */
const maxFlightBytes = 128 * 1_024
const maxBytes = 160_000

/** To decrypt a record takes 20 us however short it is: as long as it takes to read so many bytes, and then some. */
const bytesOfRecord = 100

/** What a TLS target sends in its handshake, and what of it gets as far as OpenSSL. */
export const flights: FuzzTarget = {
  name: 'flights',
  dictionary: words,
  seeds: flightSeeds,
  generate: generateFlight,
  mutate: (input, random) => mutateFlight(input, random).subarray(0, maxBytes),
  covered: /\/outbound\/(?:src|dist)\/handshakes\/flight\//,
  batch: 64,
  maxBytes,
  open: oneByOne(look),
}

async function look(input: Buffer): Promise<Verdict> {
  const sent = sentFlight(flightCase(input))
  const { bytes, records, keyLines } = sent
  const reading = readFlight(records, bytes.length)
  const keys = { lines: keyLines, at: reading.keysAt }
  const random = seededRandom(seedOf(input))
  const cuts = [...(bytes.length < 2_000 ? [singleBytes(bytes)] : []), cut(bytes, random), cut(bytes, random)]
  try {
    const whole = handOn([bytes], keys)
    const outcomes = cuts.map((pieces) => handOn(pieces, keys))
    const fault = [whole, ...outcomes].map((outcome) => faultOf(sent, outcome)).find((each) => each !== undefined)
    if (fault !== undefined) return { finding: fault }
    if (outcomes.some((outcome) => !areAlike(whole, outcome, bytes.length)))
      return { finding: 'what is handed on depends on how the bytes are cut' }
    const again = async () => handOn(cuts[0] ?? [], keys)
    const size = bytes.length + bytesOfRecord * records.filter(({ isEncrypted }) => isEncrypted).length
    if (await isSlow(again, size)) return { finding: 'it takes longer than is linear in its length' }
    return { features: [featureOf(reading.isTls13, whole)] }
  } catch (error) {
    return { finding: `something else than a refusal is thrown: ${error}` }
  }
}

function featureOf(isTls13: boolean, { hasKeys, refusal = 'handed on' }: Outcome): string {
  return `${isTls13 ? 'TLS 1.3' : 'TLS 1.2'}, ${hasKeys ? 'keys' : 'no keys'}: ${refusal.replace(/\d+/g, '0')}`
}

function areAlike(one: Outcome, other: Outcome, bytes: number): boolean {
  if (one.refusal === other.refusal && one.handedOn.equals(other.handedOn)) return true
  // What is too much is refused as soon as it comes, before what came with it is looked at.
  return bytes > maxFlightBytes && [one, other].some(({ refusal }) => refusal?.includes(`${maxFlightBytes} bytes`))
}
