import { createCa, type TestCa } from '@mtls-gateway/test-kit'
import type { IssuanceOrder } from '../../src/index.ts'
import { type IssuerErrorCode } from '../../src/index.ts'
import { signOddly } from './sign-oddly.ts'

export interface OddAnswer {
  readonly what: string
  readonly code: IssuerErrorCode
  /** PEM, of the certificate and its chain. */
  answer(ca: TestCa, order: IssuanceOrder): Promise<string>
}

const withChain = (leaf: string, ca: TestCa) => leaf + ca.certificate

/** Certificates that no issuer should answer with, and what becomes of each. */
export const oddCertificates: readonly OddAnswer[] = [
  { what: 'nothing', code: 'ISSUED_NO_CERTIFICATE', answer: async () => '' },
  { what: 'HTML', code: 'ISSUED_NO_CERTIFICATE', answer: async () => '<html><body>Login</body></html>' },
  {
    what: 'another key',
    code: 'ISSUED_OTHER_KEY',
    answer: async (ca) => {
      const { certificate, chain } = await ca.issue({ commonName: 'client' })
      return [certificate, ...chain].join('')
    },
  },
  {
    what: 'no clientAuth',
    code: 'ISSUED_WITHOUT_CLIENT_AUTH',
    answer: async (ca, { csr }) => withChain(await signOddly(ca, csr, { usage: 'serverAuth' }), ca),
  },
  {
    what: 'another name',
    code: 'ISSUED_OTHER_NAMES',
    answer: async (ca, { csr }) => withChain(await signOddly(ca, csr, { subject: 'CN=other' }), ca),
  },
  {
    what: 'a chain that does not verify',
    code: 'ISSUED_CHAIN_INVALID',
    answer: async (_ca, { csr }) => {
      const stranger = await createCa()
      return withChain(await signOddly(stranger, csr), stranger)
    },
  },
  {
    what: 'one that is not valid yet',
    code: 'ISSUED_NOT_YET_VALID',
    answer: async (ca, { csr }) => {
      const later = { notBefore: new Date(Date.now() + 3_600_000) }
      return withChain((await ca.signRequest(csr, later)).certificate, ca)
    },
  },
  {
    what: 'an hour',
    code: 'ISSUED_TOO_SHORT',
    answer: async (ca, { csr }) => {
      const soon = { notAfter: new Date(Date.now() + 3_600_000) }
      return withChain((await ca.signRequest(csr, soon)).certificate, ca)
    },
  },
]
