import { bits, identifier, integer, makeCertificate, nameOf, nothing, rsaKey, sequence } from '@mtls-gateway/test-kit'
import { mutateDer } from '../../engine/der-mutator.ts'
import { pick, type Random } from '../../engine/random.ts'

const ec = identifier('2a8648ce3d0201')
const point = (form: number, length: number) => bits(Buffer.of(form), Buffer.alloc(length, 9))
const prime = integer(Buffer.alloc(32, 0xfb))
/** ECParameters (RFC 3279 section 2.3.5) of a curve that nobody knows. */
const parameters = sequence(
  integer(Buffer.of(1)),
  sequence(identifier('2a8648ce3d0101'), prime),
  sequence(prime, prime),
  prime,
  prime,
)

/** SubjectPublicKeyInfos; whether OpenSSL works for long on one does not depend on the point or the modulus. */
const keys: readonly Buffer[] = [
  sequence(sequence(ec, identifier('2a8648ce3d030107')), point(4, 64)),
  sequence(sequence(ec, identifier('2b81040022')), point(3, 48)),
  sequence(sequence(ec, identifier('2b81040021')), point(2, 28)),
  sequence(sequence(ec, identifier('2b81040026')), point(4, 72)),
  sequence(sequence(ec, parameters), point(2, 32)),
  sequence(sequence(ec), point(4, 64)),
  sequence(sequence(ec, nothing), point(4, 64)),
  ...[rsaKey(256, 3), rsaKey(1_024, 4), rsaKey(1_025, 1), rsaKey(2_000, 3), rsaKey(256, 256)],
  sequence(sequence(identifier('2a864886f70d01010a')), bits(sequence(integer(Buffer.alloc(1_100, 0x71)), prime))),
  sequence(sequence(identifier('2a8648ce380401'), sequence(prime, prime, prime)), bits(prime)),
  sequence(sequence(identifier('2b6570')), bits(Buffer.alloc(32, 7))),
  sequence(sequence(identifier('2b656e')), bits(Buffer.alloc(32, 7))),
  sequence(sequence(ec, identifier('2b2403030208010107')), point(4, 64)),
  sequence(sequence(ec, identifier('2b8104000a')), point(4, 64)),
]

/** One of each key. */
export const madeCertificates: readonly Buffer[] = keys.map((publicKey) => makeCertificate({ publicKey }))

const usual = madeCertificates.slice(0, 2)

/** Usual certificates for the most part: one that is refused hides what is behind it. */
export function generateChain(random: Random): readonly Buffer[] {
  const length = pick(random, [0, 1, 1, 2, 3, 15, 16, 17, 40])
  return Array.from({ length }, () => {
    if (random(3 * length) > 0) return pick(random, usual)
    const certificate = pick(random, madeCertificates)
    return random(2) === 0 ? certificate : mutateDer(certificate, random)
  })
}

/** Names of CAs, as a CertificateRequest has them: no more than it has room for. */
export function generateNames(random: Random): readonly Buffer[] {
  const usualName = nameOf(pick(random, [1, 1, 1, 3, 12]))
  const name = random(8) === 0 ? mutateDer(usualName, random) : usualName
  const most = Math.floor(60_000 / (name.length + 2))
  return Array<Buffer>(Math.min(most, pick(random, [0, 1, 20, 399, 400, 401, 2_500]))).fill(name)
}
