import type { X509Certificate } from 'node:crypto'
import { Asn1Error, children, type Node, oid, text } from '../asn1.ts'
import type { EidasReport } from '../report/report.ts'
import { extensionValue } from './extensions.ts'

/** RFC 3739, section 3.2.6; the statements are those of ETSI EN 319 412-5 and TS 119 495. */
const qcStatements = '1.3.6.1.5.5.7.1.3'
const compliance = '0.4.0.1862.1.1'
const inDevice = '0.4.0.1862.1.4'
const typeStatement = '0.4.0.1862.1.6'
const psd2 = '0.4.0.19495.2'

const types: ReadonlyMap<string, NonNullable<EidasReport['type']>> = new Map([
  ['0.4.0.1862.1.6.1', 'QSigC'],
  ['0.4.0.1862.1.6.2', 'QSealC'],
  ['0.4.0.1862.1.6.3', 'QWAC'],
])

const roleNames: ReadonlyMap<string, string> = new Map([
  ['0.4.0.19495.1.1', 'PSP_AS'],
  ['0.4.0.19495.1.2', 'PSP_PI'],
  ['0.4.0.19495.1.3', 'PSP_AI'],
  ['0.4.0.19495.1.4', 'PSP_IC'],
])

/** There are four. */
const maxRoles = 8
const maxTextLength = 256

/**
 * What a certificate states under eIDAS and PSD2; undefined: nothing, as most. It is what its issuer says: whether that
 * is a qualified trust service provider, the trusted lists of the EU say.
 */
export function eidasFacts({ raw, subject, issuer }: X509Certificate): EidasReport | undefined {
  try {
    const value = extensionValue(raw, qcStatements)
    if (!value) return undefined
    const statements = new Map(
      children(value, 'qcStatements').map((each) => {
        const [id, info] = children(each, 'qcStatement')
        return [oid(id, 'statementId'), info] as const
      }),
    )
    const payment = statements.get(psd2)
    return {
      type: typeOf(statements.get(typeStatement)),
      qualified: statements.has(compliance),
      inQscd: statements.has(inDevice),
      organizationIdentifier: partOf(subject, 'organizationIdentifier'),
      qtsp: partOf(issuer, 'O'),
      ...(payment ? paymentFacts(payment) : { roles: [], authority: null }),
    }
  } catch (error) {
    // OpenSSL has accepted the certificate; statements that nobody can read state nothing.
    if (error instanceof Asn1Error) return undefined
    throw error
  }
}

function typeOf(info: Node | undefined): EidasReport['type'] {
  if (!info) return null
  const [first] = children(info, 'QcType').flatMap((each) => types.get(oid(each, 'QcType')) ?? [])
  return first ?? null
}

function paymentFacts(info: Node): Pick<EidasReport, 'roles' | 'authority'> {
  const [roles, name, id] = children(info, 'PSD2QcType')
  return {
    roles: children(roles, 'rolesOfPSP').slice(0, maxRoles).map(roleOf),
    authority: { name: shown(text(name)), id: shown(text(id)) },
  }
}

function roleOf(role: Node): string {
  const [id, name] = children(role, 'roleOfPSP')
  return roleNames.get(oid(id, 'roleOfPspOid')) ?? shown(text(name))
}

/** The first of its kind in a name, whose parts Node puts on lines. */
function partOf(name: string, kind: string): string | null {
  const part = name.split('\n').find((line) => line.startsWith(`${kind}=`))
  return part === undefined ? null : shown(part.slice(kind.length + 1))
}

/** On one line, whoever has written it. */
function shown(value = ''): string {
  return value.slice(0, maxTextLength).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\u{fffd}')
}
