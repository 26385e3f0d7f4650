import type { Certificate } from '../certificate/certificate.ts'
import type { CertifiedIdentity } from '../certificate/identity.ts'
import { hasMorePrimes } from '../certificate/private-key.ts'
import type { JavaRule } from './rule.ts'

/** Leaf first, then its issuers. */
export type JavaChain = readonly Certificate[]

const all = ['8', '8u301', '11', '17', '21'] as const
const standardCurves: ReadonlySet<string> = new Set(['P-256', 'P-384', 'P-521'])

/** What Java can't do with a key or certificate, in any file. */
export const identityRules: readonly JavaRule<CertifiedIdentity>[] = [
  {
    code: 'JAVA_CANNOT_USE_KEY',
    fails: ['8', '8u301', '11'],
    source: 'JEP 339 (15): Ed25519 and Ed448',
    reason: ({ leaf }) => (leaf.key.type.startsWith('Ed') ? `the key is of type ${leaf.key.type}` : undefined),
  },
  {
    code: 'JAVA_CANNOT_USE_KEY',
    fails: ['8'],
    source: 'JDK-8146293 (11, 8u251): RSASSA-PSS',
    reason: ({ leaf }) => (leaf.key.type === 'RSA-PSS' ? 'the key is of type RSA-PSS' : undefined),
  },
  {
    code: 'JAVA_CANNOT_USE_KEY',
    fails: all,
    source: 'JDK-8235540 (16) removed the other curves; jdk.disabled.namedCurves refuses them in TLS before',
    reason: ({ leaf }) =>
      leaf.key.curve !== undefined && !standardCurves.has(leaf.key.curve)
        ? `the key is on the curve ${leaf.key.curve}`
        : undefined,
  },
  {
    code: 'JAVA_CANNOT_USE_KEY',
    fails: all,
    source: 'sun.security.rsa.RSAPrivateCrtKeyImpl: two primes, while RFC 8017 section 3.2 allows more',
    reason: ({ key }) =>
      key !== undefined && hasMorePrimes(key.key) ? 'its RSA key has more than two primes' : undefined,
  },
]

/** The TLS of every up-to-date version refuses these in a client certificate. */
export const tlsRules: readonly JavaRule<JavaChain>[] = [
  {
    code: 'JAVA_TLS_REFUSES',
    fails: all,
    source: 'jdk.certpath.disabledAlgorithms: MD2, MD5; jdk.tls.disabledAlgorithms: MD5withRSA',
    reason: (chain) => about(chain, ({ signature }) => /md[25]/i.test(signature), 'is signed with MD5'),
  },
  {
    code: 'JAVA_TLS_REFUSES',
    fails: all,
    source: 'jdk.certpath.disabledAlgorithms: RSA keySize < 1024',
    reason: (chain) =>
      about(
        chain,
        ({ key }) => key.type.startsWith('RSA') && key.size < 1_024,
        'has an RSA key of less than 1024 bits',
      ),
  },
  {
    code: 'JAVA_TLS_REFUSES',
    fails: all,
    source: 'jdk.certpath.disabledAlgorithms, jdk.tls.disabledAlgorithms: EC keySize < 224',
    reason: (chain) =>
      about(chain, ({ key }) => key.type === 'EC' && key.size < 224, 'has an EC key of less than 224 bits'),
  },
  {
    code: 'JAVA_TLS_REFUSES',
    fails: all,
    source: 'JSSE Reference Guide: signature schemes of TLS; Ed448 and Ed25519 since 15, no DSA in TLS 1.3',
    reason: (chain) => about(chain, ({ key }) => key.type === 'DSA', 'has a DSA key'),
  },
]

function about(chain: JavaChain, matches: (certificate: Certificate) => boolean, what: string): string | undefined {
  // nobody checks the signature or key of a trusted root
  const found = chain.find((certificate, index) => (index === 0 || !certificate.selfSigned) && matches(certificate))
  return found && `the certificate of ${found.subject || 'no name'} ${what}`
}
