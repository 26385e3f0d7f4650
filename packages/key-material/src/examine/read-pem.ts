import { Asn1Error } from '../asn1.ts'
import { Certificate } from '../certificate/certificate.ts'
import { parsePrivateKey } from '../certificate/private-key.ts'
import type { KeyMaterialInput } from '../input/key-material-input.ts'
import { readCertificates } from '../pem/read-certificates.ts'
import { readPrivateKeys } from '../pem/read-private-keys.ts'
import type { IterationBudget } from '../pkcs12/iteration-budget.ts'
import { checkKey } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import type { Contents } from './contents.ts'
import type { ReportDraft } from './report-draft.ts'

/** @throws Fault, NeedsExpensiveChild */
export function readPem(
  input: KeyMaterialInput & { kind: 'pem' },
  budget: IterationBudget,
  draft: ReportDraft,
): Contents {
  const certificates = readCertificates(input.certificate)
  const keys = readKeys(input, budget)
  draft.readBy = 'node:crypto'
  return {
    certificates: certificates.map((pem) => new Certificate(pem)),
    problems: [],
    keys: keys.map((key) => parsePrivateKey(key, undefined, 'PEM_MALFORMED')),
  }
}

function readKeys(input: KeyMaterialInput & { kind: 'pem' }, budget: IterationBudget): Buffer[] {
  try {
    return readPrivateKeys(input.privateKey, input.passphrase, budget)
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error
    throw new Fault(
      'PEM_MALFORMED',
      `The private key is damaged (${error.message}). Copy it whole, from BEGIN to END.`,
      checkKey,
    )
  }
}
