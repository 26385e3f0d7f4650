import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { errorCodes } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { type Examination, KeyMaterialPool } from '@mtls-gateway/key-material'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { type FileSpec, p12, password } from '../support/files.ts'
import { keptFile } from '../support/kept-files.ts'
import { mutate, seededRandom } from '../support/mutator.ts'
import { sha1, sha256 } from '../support/pkcs12-builder.ts'
import { residentBytes, workersOf } from '../support/processes.ts'
import { pbes2, pkcs12Pbe, scrypt } from '../support/protections.ts'

/** The seed is always the same, so more files than this find nothing new: `npm run fuzz -- --only keys` does. */
const files = 3_000
const seed = 20_261_124

describe('3,000 mutated files', () => {
  let pool: KeyMaterialPool
  let originals: { bytes: Buffer; password: string }[]

  beforeAll(async () => {
    // no child is replaced because of its age, so that growth shows, or because the machine is busy
    const filesPerChild = Number.POSITIVE_INFINITY
    pool = new KeyMaterialPool({
      bulkheads: new Bulkheads(),
      ranks: new Ranks(),
      filesPerChild,
      ordinaryDeadlineMs: 20_000,
      deadlineMs: 60_000,
    })
    originals = await makeOriginals()
  })
  afterAll(() => pool.close())

  const examineMutated = async (from: number, to: number): Promise<Examination[]> => {
    const examinations: Examination[] = []
    const random = seededRandom(seed + from)
    let next = from
    const worker = async (account: string) => {
      while (next < to) {
        const original = originals[next++ % originals.length]
        if (!original) throw new Error('no files to mutate')
        const { bytes, ...rest } = original
        examinations.push(await pool.examine(account, { kind: 'pkcs12', bytes: mutate(bytes, random), ...rest }))
      }
    }
    // An account for each: what one runs beside its first may have to wait for all other processes of the machine.
    await Promise.all(['one', 'two', 'three'].map(worker))
    return examinations
  }

  it('crash nothing, hang nothing, grow nothing, and get a documented code each', async () => {
    const examinations = await examineMutated(0, files / 5)
    const children = workersOf(process.pid)
    const early = children.map(residentBytes)
    examinations.push(...(await examineMutated(files / 5, files)))

    expect(examinations.length).toBe(files)
    expect(new Set(examinations.flatMap(undocumented))).toEqual(new Set())
    // the pool's answer for a dead child would be one of these
    expect(
      examinations.flatMap(({ report }) => report.problems.map(({ message }) => message)).filter(isOfPool),
    ).toEqual([])
    // One of the other kind may have been started since.
    expect(workersOf(process.pid)).toEqual(expect.arrayContaining(children))
    for (const [index, pid] of children.entries()) {
      expect(residentBytes(pid) - (early[index] ?? 0)).toBeLessThan(96 * 1_024 * 1_024)
    }
  }, 900_000)
})

/** What must not happen: an unlisted code, an error with material, or neither error nor material. */
function undocumented({ report, material }: Examination): string[] {
  const errors = report.problems.filter(({ severity }) => severity === 'error').map(({ code }) => code)
  const unknown = errors.filter((code) => !(errorCodes as readonly string[]).includes(code))
  return errors.length > 0 === (material !== undefined) ? [...unknown, 'material and errors disagree'] : unknown
}

function isOfPool(message: string): boolean {
  return /took more (time|memory)|no reader can cope/.test(message)
}

/** A few rounds do: deriving keys is not what is mutated, and would be half of the time. */
const iterations = 64
const cheap: FileSpec = {
  key: pbes2({ iterations }),
  certificates: pbes2({ iterations }),
  mac: { digest: sha256, iterations },
}

async function makeOriginals(): Promise<{ bytes: Buffer; password: string }[]> {
  const ca = await createCa()
  const specs: readonly FileSpec[] = [
    {},
    { mac: { pbmac1: { iterations } } },
    {
      key: pkcs12Pbe(3, { iterations }),
      certificates: pkcs12Pbe(6, { iterations }),
      mac: { digest: sha1, iterations },
    },
    { key: scrypt({ cost: 64 }) },
    { mac: { digest: sha1, iterations: 2 ** 31 - 1 } },
    { key: pbes2({ iterations: 2 ** 31 - 1 }) },
    // these are not encrypted, so mutations reach certificates and keys
    { key: null, certificates: null, mac: null },
    { key: null, certificates: null, mac: null },
    { certificates: null, mac: null },
  ]
  const withChain = (identity: IssuedCertificate, spec: FileSpec) =>
    p12(identity, { ...cheap, ...spec, more: identity.chain.map((certificate) => ({ certificate })) })
  const [ec, rsa] = await Promise.all([
    ca.issue({ commonName: 'ec' }),
    ca.issue({ commonName: 'rsa', keyType: 'RSA-2048' }),
  ])
  return [
    ...specs.flatMap((spec) => [withChain(ec, spec), withChain(rsa, spec)]).map((bytes) => ({ bytes, password })),
    { bytes: keptFile('python-none-ec'), password: '' },
    { bytes: keptFile('keytool17-two-keys'), password: 'secret' },
  ]
}
