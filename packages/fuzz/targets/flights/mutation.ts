import { message } from '../../../outbound/test/connect/flight/made-flight.ts'
import { mutateDer } from '../../engine/der-mutator.ts'
import { pick, type Random } from '../../engine/random.ts'
import { type CaseRecord, flightCase, flightInput, recordTypes } from './flight-case.ts'
import { certificateOf } from './grammar.ts'
import { madeCertificates } from './made-certificates.ts'
import { chainOf, type Message, messageTypes, splitMessages } from './messages.ts'
import { inRecords, type Run, runsOf, sealedType } from './split-records.ts'

const maxCertificateBytes = 64 * 1_024

/** A copy with one message changed and all lengths around it corrected, in other records. */
export function mutateFlight(input: Buffer, random: Random): Buffer {
  const read = flightCase(input)
  const runs = runsOf(read.records)
  const chosen = pick(random, [undefined, ...runs.filter(({ isHandshake }) => isHandshake)])
  const records = runs.flatMap((run): readonly CaseRecord[] => {
    if (!run.isHandshake) return random(16) === 0 ? [] : [{ type: run.type, content: run.stream }]
    const stream = run === chosen ? mutateRun(run, random) : run.stream
    const type = random(32) === 0 ? pick(random, [recordTypes.handshake, sealedType]) : run.type
    return inRecords(stream, type, pick(random, [16_384, 16_384, 4_096, 1 + random(2_000)]))
  })
  return flightInput({ ...read, records })
}

function mutateRun({ type, stream }: Run, random: Random): Buffer {
  const { messages, rest } = splitMessages(stream)
  const all = [...messages]
  const at = random(Math.max(1, all.length))
  const one = all[at]
  if (one === undefined) return stream
  const actions: readonly (() => void)[] = [
    () => all.splice(at, 1),
    () => all.splice(at, 0, ...Array<Message>(1 + random(3)).fill(one)),
    () => all.push(...all.splice(at, 1)),
    () => all.splice(at, 1, { ...one, type: pick(random, Object.values(messageTypes)) }),
    () => all.splice(at, 1, { ...one, body: one.body.subarray(0, random(one.body.length + 1)) }),
    () => all.splice(at, 1, { ...one, body: Buffer.concat([one.body, Buffer.alloc(random(8))]) }),
  ]
  if (one.type !== messageTypes.certificate || random(4) === 0) pick(random, actions)()
  else all.splice(at, 1, mutateChain(one, type === sealedType, random))
  return Buffer.concat([...all.map((each) => message(each.type, each.body)), rest])
}

/** No longer than anything takes, however often parts of it were repeated. */
function broken(der: Buffer, random: Random): Buffer {
  return mutateDer(der, random).subarray(0, maxCertificateBytes)
}

function mutateChain({ body }: Message, isTls13: boolean, random: Random): Message {
  const chain = [...chainOf(body, isTls13)]
  const at = random(Math.max(1, chain.length))
  const one = chain[at] ?? pick(random, madeCertificates)
  const replacement = pick(random, [
    () => [broken(one, random)],
    () => [broken(broken(one, random), random)],
    () => [pick(random, madeCertificates)],
    () => Array<Buffer>(random(20)).fill(one),
  ])()
  chain.splice(at, 1, ...replacement)
  const certificate = certificateOf(chain, isTls13)
  return { type: messageTypes.certificate, body: certificate.subarray(4) }
}
