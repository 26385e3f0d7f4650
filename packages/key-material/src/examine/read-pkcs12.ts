import { Asn1Error, parseBer } from '../asn1.ts'
import { Certificate } from '../certificate/certificate.ts'
import { type PrivateKey, parsePrivateKey } from '../certificate/private-key.ts'
import { checkContainer } from '../checks/container.ts'
import { type JavaBag, javaEntryFor } from '../java-compatibility/java-entry.ts'
import { foreignFile, looksLikePfx } from '../pkcs12/foreign-file.ts'
import type { IterationBudget } from '../pkcs12/iteration-budget.ts'
import { type FoundBag, openPfx, type Pkcs12Contents } from '../pkcs12/open.ts'
import { type Pfx, readPfx } from '../pkcs12/pfx.ts'
import { compareFiles, exportFromPem } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import type { ContainerReport } from '../report/report.ts'
import type { Contents } from './contents.ts'
import type { ReportDraft } from './report-draft.ts'

/** @throws Fault, NeedsExpensiveChild */
export function readPkcs12(
  bytes: Buffer,
  password: string | undefined,
  budget: IterationBudget,
  draft: ReportDraft,
): Contents {
  const pfx = readOutside(bytes)
  const opened: Pkcs12Contents = { bags: [], encryptions: [] }
  try {
    openPfx(pfx, password, budget, opened)
  } catch (error) {
    throw error instanceof Asn1Error ? damaged(error) : error
  } finally {
    draft.container = describe(pfx, opened, budget)
  }
  draft.readBy = opened.encryptions.some(({ library }) => library === 'node-forge') ? 'node-forge' : 'pkijs'
  const bags = opened.bags.map(parseBag)
  const keys = bags.flatMap((bag) => bag.key ?? [])
  const certificates = bags.flatMap((bag) => bag.certificate ?? [])
  if (keys.length === 0) throw noPrivateKey()
  if (certificates.length === 0) throw noCertificate()
  return {
    keys,
    certificates,
    problems: checkContainer(pfx, opened, password),
    javaFile: ({ spki }) => ({
      mac: pfx.mac,
      encryptions: opened.encryptions,
      password,
      entry: javaEntryFor(
        spki,
        bags.map(({ java }) => java),
      ),
    }),
  }
}

function parseBag(bag: FoundBag): { key?: PrivateKey; certificate?: Certificate; java: JavaBag } {
  const { kind, alias, localKeyId, position } = bag
  const java = { kind, alias, localKeyId, position }
  if (bag.kind === 'key') {
    const key = parsePrivateKey(bag.pkcs8, alias, 'P12_DAMAGED')
    return { key, java: { ...java, spki: key.spki, hidden: bag.plain || position === undefined } }
  }
  const certificate = new Certificate(bag.der)
  return { certificate, java: { ...java, spki: certificate.spki, hidden: position === undefined } }
}

function readOutside(bytes: Buffer): Pfx {
  if (!looksLikePfx(bytes)) throw foreignFile(bytes)
  try {
    return readPfx(parseBer(bytes, 'file'))
  } catch (error) {
    throw error instanceof Asn1Error ? damaged(error) : error
  }
}

function damaged(error: Asn1Error): Fault {
  return new Fault(
    'P12_DAMAGED',
    `The file is damaged or was cut off on its way (${error.message}). Send it again as a binary file.`,
    compareFiles,
  )
}

function noPrivateKey(): Fault {
  return new Fault(
    'P12_NO_PRIVATE_KEY',
    'The file holds certificates, but no private key. Export it together with its key.',
    exportFromPem,
  )
}

function noCertificate(): Fault {
  return new Fault(
    'P12_NO_CERTIFICATE',
    'The file holds a private key, but no certificate. Export it together with its certificate.',
    exportFromPem,
  )
}

function describe(pfx: Pfx, { encryptions }: Pkcs12Contents, budget: IterationBudget): ContainerReport {
  return {
    mac: pfx.mac?.name ?? null,
    cipher: joined(encryptions.map(({ cipher }) => cipher)),
    prf: joined(encryptions.flatMap(({ prf }) => prf ?? [])),
    iterations: budget.highest,
  }
}

function joined(names: readonly string[]): string | null {
  return names.length === 0 ? null : [...new Set(names)].join(', ')
}
