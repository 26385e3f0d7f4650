import { Bulkheads } from '@mtls-gateway/bulkhead'
import { errorCodes, isCodedError } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool, type TestReport } from '@mtls-gateway/key-material'
import { mutate as breakFile } from '../../../key-material/test/support/mutator.ts'
import { magnitude } from '../../engine/magnitude.ts'
import type { FuzzTarget, OpenTarget, Verdict } from '../../engine/target.ts'
import { featuresOf } from './features.ts'
import { type FileCase, fileCase, mutateCase } from './file-case.ts'
import { fileSeeds } from './seeds.ts'

/** Processor time that a batch may take in this process, as the children do the work. */
const ownMs = 2_000

/** Files with keys and certificates, read by the children that services have: each gets a report or a coded error. */
export const keys: FuzzTarget = {
  name: 'keys',
  dictionary: [
    ...[
      '-----BEGIN CERTIFICATE-----\n',
      '-----END CERTIFICATE-----\n',
      '-----BEGIN PRIVATE KEY-----\n',
      '\0',
      'Bag Attributes\n',
    ],
    ...[
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\n',
      'Proc-Type: 4,ENCRYPTED\n',
      'DEK-Info: AES-256-CBC,00\n',
      '0\x80',
      '\0\0',
    ],
    ...[
      '\x02\x04\x7f\xff\xff\xff',
      '\x02\x01\xff',
      '\x30\x84\xff\xff\xff\xff',
      '\xa0\x80',
      '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01',
    ],
  ],
  seeds: fileSeeds,
  mutate: (input, random) =>
    random(3) === 0
      ? Buffer.concat([input.subarray(0, 1), breakFile(input.subarray(1), random)])
      : mutateCase(input, random),
  batch: 8,
  maxBytes: 300_000,
  open: async (): Promise<OpenTarget> => {
    // Longer than services allow, as the machine may be busy: reaching these limits would be a finding.
    const pool = new KeyMaterialPool({
      bulkheads: new Bulkheads(),
      ranks: new Ranks(),
      ordinaryDeadlineMs: 20_000,
      deadlineMs: 30_000,
    })
    const [good] = await fileSeeds()
    if (good === undefined) throw new Error('there are no files to begin with')
    return {
      notes: [],
      run: async (inputs, begin) => {
        const { user } = process.cpuUsage()
        const verdicts = await Promise.all(
          inputs.map((input, index) => {
            begin(index)
            return look(pool, `le${index}`, fileCase(input))
          }),
        )
        const usedMs = (process.cpuUsage().user - user) / 1_000
        if (usedMs > ownMs * inputs.length)
          return verdicts.map(() => ({ finding: 'the work is done in the main process' }))
        const { features = [] } = await look(pool, 'le0', fileCase(good))
        return features.includes('material')
          ? verdicts
          : verdicts.map(() => ({ finding: 'a good file is no longer read' }))
      },
      close: () => pool.close(),
    }
  },
}

/** Each file is of an account of its own: its process need not wait for all others of the machine. */
async function look(pool: KeyMaterialPool, account: string, file: FileCase): Promise<Verdict> {
  try {
    if (file.kind === 'cas') {
      const read = await pool.readTrustedCas(account, file.input)
      return {
        features: read.map((each) => ('code' in each ? each.code : `${magnitude(each.certificates.length)} CAs`)),
      }
    }
    const isSigned = file.kind === 'signed'
    const examination = isSigned
      ? await pool.examineSigned(account, file.input)
      : await pool.examine(account, file.input)
    return verdictOn(examination.report, 'material' in examination || 'chain' in examination)
  } catch (error) {
    return isCodedError(error) ? { features: [error.code] } : { finding: `something else than a coded error: ${error}` }
  }
}

function verdictOn(report: TestReport, hasMaterial: boolean): Verdict {
  const { problems } = report
  const errors = problems.filter(({ severity }) => severity === 'error')
  const unknown = errors.find(({ code }) => !(errorCodes as readonly string[]).includes(code))
  if (unknown !== undefined) return { finding: `the code ${unknown.code} is in no list` }
  if (errors.length > 0 === hasMaterial) return { finding: 'material and errors disagree' }
  // The pool's message about a child that did not answer.
  const given = problems.find(({ message }) => /took more (?:time|memory)|no reader can cope/.test(message))
  if (given !== undefined) return { finding: `a child came to its end: ${given.message}` }
  return { features: [...(hasMaterial ? ['material'] : []), ...featuresOf(report)] }
}
