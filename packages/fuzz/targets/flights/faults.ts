import { keyFault } from './certificate-key.ts'
import type { Outcome } from './handing-on.ts'
import { chainOf, messageTypes, namesIn } from './messages.ts'
import { readFlight } from './reading.ts'
import type { SentFlight } from './sent-flight.ts'

const [maxCertificates, maxNames] = [16, 400]

/** What is wrong with what became of a flight. */
export function faultOf(sent: SentFlight, outcome: Outcome): string | undefined {
  return bytesFault(sent, outcome) ?? heldFault(sent, outcome) ?? messageFault(sent, outcome.handedOn.length)
}

function bytesFault({ bytes }: SentFlight, { handedOn, rest, refusal }: Outcome): string | undefined {
  if (!bytes.subarray(0, handedOn.length).equals(handedOn)) return 'what is handed on is not what came'
  if (refusal !== undefined || Buffer.concat([handedOn, rest]).equals(bytes)) return undefined
  return 'what is handed on and what is kept are not what came'
}

/** Whoever waits for a record that has come whole waits for ever. */
function heldFault({ bytes, records }: SentFlight, { handedOn, hasKeys, refusal }: Outcome): string | undefined {
  if (refusal !== undefined || handedOn.length === bytes.length) return undefined
  const next = records.find(({ end }) => end > handedOn.length)
  if (next === undefined || (next.isEncrypted && !hasKeys)) return undefined
  return 'a record that has come whole is kept'
}

function messageFault({ records }: SentFlight, handedOn: number): string | undefined {
  const { messages, isTls13 } = readFlight(records, handedOn)
  for (const { type, body } of messages) {
    if (type === messageTypes.certificate) {
      const chain = chainOf(body, isTls13)
      if (chain.length > maxCertificates) return `OpenSSL is given a chain of more than ${maxCertificates} certificates`
      const fault = chain.map(keyFault).find((each) => each !== undefined)
      if (fault !== undefined) return `OpenSSL is given ${fault}`
    }
    if (type === messageTypes.certificateRequest && namesIn(body, isTls13) > maxNames)
      return `OpenSSL is given a request that names more than ${maxNames} CAs`
  }
  return undefined
}
