import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import type { Examination } from '../src/index.ts'
import { codes, examineHere } from './support/examine.ts'
import { openssl } from './support/openssl.ts'

withTools(describe, 'openssl')('the chain', () => {
  let root: TestCa
  let leaf: IssuedCertificate
  let intermediates: TestCa[]
  beforeAll(async () => {
    root = await createCa({ name: 'Root' })
    const upper = await root.createIntermediate('Upper')
    const lower = await upper.createIntermediate('Lower')
    intermediates = [lower, upper]
    leaf = await lower.issue({ commonName: 'client' })
  })
  const examine = (certificates: readonly string[], identity = leaf): Examination =>
    examineHere({ kind: 'pem', certificate: certificates.join(''), privateKey: identity.privateKey })

  it('is ordered from leaf to top, whatever order it came in, and each order gives the same', () => {
    const all = [leaf.certificate, ...leaf.chain]
    for (const order of permutations(all)) {
      const { report, material } = examine(order)
      expect(material?.chain).toEqual(leaf.chain)
      expect(report.chain.map(({ subject }) => subject)).toEqual(['CN=client', 'CN=Lower', 'CN=Upper', 'CN=Root'])
      expect(report.problems).toEqual([])
    }
  })

  it('leaves strangers out and names them', async () => {
    const stranger = await createCa({ name: 'Stranger' })
    const sibling = await root.issue({ commonName: 'sibling' })
    const examination = examine([stranger.certificate, sibling.certificate, ...leaf.chain, leaf.certificate])
    expect(examination.material?.chain).toEqual(leaf.chain)
    expect(examination.report.problems).toMatchObject([
      { code: 'CHAIN_STRANGERS', message: expect.stringMatching(/CN=Stranger; CN=sibling/) },
    ])
  })

  it('is not led astray by a CA of the same name with another key', async () => {
    const impostors = await Promise.all([createCa({ name: 'Lower' }), createCa({ name: 'Root' })])
    const examination = examine([...impostors.map(({ certificate }) => certificate), leaf.certificate, ...leaf.chain])
    expect(examination.material?.chain).toEqual(leaf.chain)
  })

  it('names the issuer that a leaf by itself lacks', () => {
    const examination = examine([leaf.certificate, ...leaf.chain.slice(1)])
    expect(examination.material?.chain).toEqual([])
    expect(examination.report.problems).toMatchObject([
      {
        code: 'CHAIN_INCOMPLETE',
        message: expect.stringContaining('CN=Lower'),
        fix: expect.stringContaining('-certfile'),
      },
      { code: 'CHAIN_STRANGERS' },
    ])
  })

  it('needs no root, which targets have', () => {
    const examination = examine([leaf.certificate, ...leaf.chain.slice(0, 2)])
    expect(examination.material?.chain).toEqual(leaf.chain.slice(0, 2))
    expect(examination.report.problems).toEqual([])
  })

  it('takes the way to a self-signed top where an issuer is cross-signed', async () => {
    const other = await createCa({ name: 'Other' })
    const crossSigned = await crossSign(intermediates[1], other)
    const examination = examine([leaf.certificate, crossSigned, ...leaf.chain])
    expect(examination.material?.chain.at(-1)).toBe(root.certificate)
    const towardsOther = examine([leaf.certificate, crossSigned, leaf.chain[0] ?? '', other.certificate])
    expect(towardsOther.material?.chain.at(-1)).toBe(other.certificate)
  })

  it('warns of a CA certificate that has expired', async () => {
    const short = await openssl(
      ['x509', '-in', 'root.pem', '-signkey', 'root.key', '-days', '0', '-clrext', '-extfile', 'extensions'],
      { 'root.pem': root.certificate, 'root.key': root.privateKey, extensions: 'basicConstraints=critical,CA:TRUE' },
    )
    const client = await root.issue({ commonName: 'client' })
    const later = new Date(Date.now() + 24 * 3_600_000)
    const input = {
      kind: 'pem',
      certificate: client.certificate + short.toString(),
      privateKey: client.privateKey,
    } as const
    expect(codes(examineHere(input, later))).toContain('CHAIN_EXPIRED')
  })

  it('is refused with more than 10 certificates', async () => {
    let ca = root
    for (let depth = 0; depth < 9; depth++) ca = await ca.createIntermediate(`Depth ${depth}`)
    const deep = await ca.issue({ commonName: 'deep' })
    const examination = examine([deep.certificate, ...deep.chain], deep)
    expect(examination.report.problems).toMatchObject([{ severity: 'error', code: 'LIMIT_EXCEEDED' }])
    expect(examination.material).toBeUndefined()
    expect(examine([deep.certificate, ...deep.chain.slice(0, 9)], deep).material?.chain.length).toBe(9)
  })

  it('is bounded in work, where hundreds of certificates claim to be each other', async () => {
    const twins = await Promise.all(Array.from({ length: 150 }, () => createCa({ name: 'Lower' })))
    const examination = examine([leaf.certificate, ...twins.map(({ certificate }) => certificate)])
    expect(codes(examination)).toEqual(['CHAIN_INCOMPLETE', 'CHAIN_STRANGERS'])
  })
})

async function crossSign(ca: TestCa | undefined, by: TestCa): Promise<string> {
  const files = {
    'ca.key': ca?.privateKey ?? '',
    'by.pem': by.certificate,
    'by.key': by.privateKey,
    extensions: 'basicConstraints=critical,CA:TRUE',
  }
  const request = await openssl(['req', '-new', '-key', 'ca.key', '-subj', '/CN=Upper'], files)
  const sign = ['x509', '-req', '-in', 'ca.csr', '-CA', 'by.pem', '-CAkey', 'by.key', '-CAcreateserial', '-days', '30']
  return (await openssl([...sign, '-extfile', 'extensions'], { ...files, 'ca.csr': request })).toString()
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}
