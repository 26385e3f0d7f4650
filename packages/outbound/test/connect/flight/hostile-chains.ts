import {
  bits,
  element,
  extension,
  identifier,
  integer,
  keyOfAlgorithm,
  keyOn,
  keyOnP224,
  makeCertificate,
  nameOf,
  rsaKey,
  sequence,
} from '@mtls-gateway/test-kit'

const alternativeNames = '551d11'
const nameConstraints = '551d1e'
const revocationLists = '551d1f'

const repeat = (count: number, each: Buffer): Buffer => sequence(...Array<Buffer>(count).fill(each))
const withKey = (publicKey: Buffer) => [makeCertificate({ publicKey })]
/** The certificate behind the leaf is the second of the chain. */
const second = (problem: string) => `certificate 2 of its chain ${problem}`

/** What each chain is, of which sentence it is refused, and what follows the leaf. */
export const hostileChains: readonly (readonly [string, string, readonly Buffer[]])[] = [
  [
    'of forty certificates',
    'its chain has more than 16 certificates',
    Array.from({ length: 40 }, (_, n) => makeCertificate({ subject: nameOf(1, `CA ${n}`) })),
  ],
  [
    'with a long certificate',
    second('has 16639 bytes, where 16384 are the most'),
    [makeCertificate({ extensions: [extension('2a0304', element(0x04, Buffer.alloc(16_400)))] })],
  ],
  [
    'with an EC key of explicit parameters',
    second('has an EC key with explicit parameters, where a named curve is needed'),
    withKey(keyOn('prime256v1', 'explicit')),
  ],
  [
    'with an EC key on a binary curve',
    second('has an EC key on a curve that is not taken; use P-256, P-384 or P-521'),
    withKey(keyOn('sect571r1')),
  ],
  ...['secp256k1', 'brainpoolP256r1', 'brainpoolP512t1'].map(
    (curve) =>
      [
        `with an EC key on ${curve}, which Node can't describe`,
        second('has an EC key on a curve that is not taken; use P-256, P-384 or P-521'),
        withKey(keyOn(curve)),
      ] as const,
  ),
  [
    'with a compressed point on P-224',
    second('has an EC key on P-224 with a compressed point; use P-256'),
    withKey(keyOnP224('compressed')),
  ],
  [
    'with a hybrid point',
    second('has an EC key whose point is neither uncompressed nor compressed'),
    withKey(keyOnP224('hybrid')),
  ],
  ['with a large RSA key', second('has an RSA key of 16384 bits, where 8192 are the most'), withKey(rsaKey(2_048, 3))],
  [
    'with a large exponent',
    second('has an RSA key with an exponent of 3072 bits, where 32 are the most'),
    withKey(rsaKey(384, 384)),
  ],
  [
    'with a DSA key',
    second('has a key that is neither RSA, EC, Ed25519, Ed448 nor ML-DSA'),
    withKey(
      sequence(
        sequence(
          identifier('2a8648ce380401'),
          sequence(...[1_250, 32, 1].map((bytes) => integer(Buffer.alloc(bytes, 0x7f)))),
        ),
        bits(integer(Buffer.from([5]))),
      ),
    ),
  ],
  [
    'with a key of another algorithm',
    second('has a key that is neither RSA, EC, Ed25519, Ed448 nor ML-DSA'),
    withKey(keyOfAlgorithm('2b656e')),
  ],
  [
    'with a long name',
    second('has 1224 ASN.1 elements, where 1000 are the most'),
    [makeCertificate({ subject: nameOf(300) })],
  ],
  [
    'with many long names',
    'its chain has 2530 ASN.1 elements, where 2000 are the most',
    Array.from({ length: 3 }, () => makeCertificate({ subject: nameOf(200) })),
  ],
  [
    'of five long certificates',
    'its chain has more than 65536 bytes',
    Array.from({ length: 5 }, () =>
      makeCertificate({ extensions: [extension('2a0304', element(0x04, Buffer.alloc(13_000)))] }),
    ),
  ],
  [
    'with more names than trusted CAs may have constraints for',
    'its chain has too many names and name constraints',
    Array.from({ length: 2 }, () =>
      makeCertificate({ extensions: [extension(alternativeNames, repeat(600, element(0x82, Buffer.from('a'))))] }),
    ),
  ],
  [
    'with names in a subject and constraints',
    'its chain has too many names and name constraints',
    [
      makeCertificate({ subject: nameOf(200) }),
      makeCertificate({
        extensions: [
          extension(
            nameConstraints,
            sequence(element(0xa1, ...Array<Buffer>(100).fill(sequence(element(0x81, Buffer.from('c')))))),
          ),
        ],
      }),
    ],
  ],
  [
    'with revocation lists whose places are relative to the name of the issuer',
    second('names too many places of revocation lists'),
    [
      makeCertificate({
        extensions: [extension(revocationLists, repeat(200, sequence(element(0xa0, element(0xa1)))))],
        issuer: nameOf(80),
      }),
    ],
  ],
  [
    'with many names and constraints',
    'its chain has too many names and name constraints',
    [
      makeCertificate({
        extensions: [extension(alternativeNames, repeat(800, element(0x86, Buffer.from('a://b'))))],
      }),
      makeCertificate({
        extensions: [
          extension(
            nameConstraints,
            sequence(element(0xa1, ...Array<Buffer>(100).fill(sequence(element(0x86, Buffer.from('c')))))),
          ),
        ],
      }),
    ],
  ],
]
