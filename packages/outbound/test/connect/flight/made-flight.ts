import { TargetFlight } from '../../../src/connect/flight/target-flight.ts'

/** Numbers of records and messages, as RFC 5246 has them. */
export const types = {
  helloRequest: 0,
  serverHello: 2,
  ticket: 4,
  certificate: 11,
  request: 13,
  helloDone: 14,
} as const

export function record(type: number, content: Uint8Array, version: readonly [number, number] = [3, 3]): Buffer {
  return Buffer.from([type, ...version, content.length >> 8, content.length & 0xff, ...content])
}

export function vector(lengthSize: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const length = Buffer.alloc(lengthSize)
  length.writeUIntBE(body.length, 0, lengthSize)
  return Buffer.concat([length, body])
}

export function message(type: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(3, body)])
}

/** @param extensions without their length */
export function serverHello(extensions: Uint8Array = Buffer.alloc(0), random = Buffer.alloc(32, 1)): Buffer {
  const body = [Buffer.from([3, 3]), random, vector(1), Buffer.from([0x13, 0x01, 0]), vector(2, extensions)]
  return message(types.serverHello, Buffer.concat(body))
}

/** Says that it is TLS 1.3. */
export const supportedVersions: Buffer = Buffer.from([0, 43, 0, 2, 3, 4])

export function certificateMessage(chain: readonly Buffer[]): Buffer {
  return message(types.certificate, vector(3, ...chain.map((der) => vector(3, der))))
}

/** In records of as many bytes each. */
export function recordsOf(content: Buffer, size = 16_384): Buffer {
  const records: Buffer[] = []
  for (let at = 0; at < content.length; at += size) records.push(record(22, content.subarray(at, at + size)))
  return Buffer.concat(records)
}

/** A flight of TLS 1.2 with these messages behind the hello. */
export function clearFlight(...messages: readonly Buffer[]): Buffer {
  return recordsOf(Buffer.concat([serverHello(), ...messages]))
}

/** What a flight hands on of these pieces before it throws, and what it throws. */
export function handOn(pieces: readonly Buffer[], flight = new TargetFlight()): { handedOn: Buffer[]; error: unknown } {
  const handedOn: Buffer[] = []
  try {
    for (const piece of pieces) {
      flight.add(piece)
      for (let next = flight.next(); next !== undefined; next = flight.next()) handedOn.push(next)
    }
    return { handedOn, error: undefined }
  } catch (error) {
    return { handedOn, error }
  }
}
