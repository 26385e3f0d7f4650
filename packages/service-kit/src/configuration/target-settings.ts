import { readFileSync } from 'node:fs'
import { checkTrustedCas, readPemCertificates, UnfitCertificate } from '@mtls-gateway/certificate-rules'
import { z } from 'zod'
import { type Configuration, cidrList, field, secretFilePath } from './fields.ts'

/** The settings of a service that calls tenants' urls. */
export function targetSettings() {
  return {
    targetAllowCidrs: cidrList('TARGET_ALLOW_CIDRS', {
      default: '',
      meaning: 'Private address ranges that targets may use.',
    }),
    targetPorts: field('TARGET_PORTS', portList, {
      default: '443,8443',
      example: '443,8443',
      meaning: 'Ports that targets may use, separated by commas, or any.',
    }),
    targetExtraCa: field('TARGET_EXTRA_CA_FILE', certificateFile, {
      default: '',
      example: '/etc/mtls-gateway/target-ca.pem',
      meaning: "PEM file with CAs to trust for targets' certificates, in addition to the system's.",
    }),
    egressProxiesFile: secretFilePath('EGRESS_PROXIES_FILE', {
      example: '/run/secrets/egress-proxies.json',
      meaning:
        'JSON file with the HTTP proxies through which connections of accounts go (docs/production.md). Without it, they go out directly.',
    }),
  }
}

/** Which targets are allowed and which CAs vouch for them, in the form that `outbound` takes. */
export function targetConnections({
  targetAllowCidrs,
  targetPorts,
  targetExtraCa,
}: Configuration<ReturnType<typeof targetSettings>>) {
  return { guard: { allowCidrs: targetAllowCidrs, ports: targetPorts }, extraCa: targetExtraCa }
}

const portList = z
  .string()
  .refine((text) => text === 'any' || text.split(',').every(isPort), 'must be ports separated by commas, or any')
  .transform((text): readonly number[] | 'any' => (text === 'any' ? text : text.split(',').map(Number)))

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text.trim()) && Number(text) <= 65_535
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The certificates in a file, one PEM each. */
const certificateFile = z.string().transform((path, context): readonly string[] => {
  if (path === '') return []
  const certificates = readText(path)?.match(certificate)
  const fault = certificates ? faultOf(certificates) : 'must name a readable file with certificates in PEM'
  if (certificates && fault === undefined) return certificates
  context.addIssue({ code: 'custom', message: fault ?? '' })
  return z.NEVER
})

/** CAs that must not be trusted for targets: a handshake with one could end the process. */
function faultOf(certificates: readonly string[]): string | undefined {
  for (const [index, pem] of certificates.entries()) {
    try {
      checkTrustedCas(readPemCertificates(pem))
    } catch (error) {
      if (!(error instanceof UnfitCertificate)) throw error
      return `names a file whose certificate ${index + 1} ${error.message}`
    }
  }
  return undefined
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
