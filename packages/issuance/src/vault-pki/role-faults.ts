import type { IssuerProfile } from '../issuers.ts'

/** As Vault calls them, by the beginning of those of a profile. */
const keyTypes: readonly (readonly [prefix: string, vault: string])[] = [
  ['RSA', 'rsa'],
  ['EC', 'ec'],
  ['Ed25519', 'ed25519'],
]

/**
 * What a role of a PKI engine has to allow for a profile and does not: each with the setting that changes it. Vault
 * itself would drop most of it from a certificate without a word.
 * @param role as the engine answers it
 */
export function roleFaults(
  role: Readonly<Record<string, unknown>>,
  { keyTypes: wanted, lifetimeSeconds }: Pick<IssuerProfile, 'keyTypes' | 'lifetimeSeconds'>,
): readonly string[] {
  const faults: string[] = []
  const usages = namesOf(role.ext_key_usage).map((name) => name.toLowerCase().replace(/^extkeyusage/, ''))
  const oids = namesOf(role.ext_key_usage_oids)
  if (role.client_flag !== true && !usages.includes('clientauth') && !oids.includes('1.3.6.1.5.5.7.3.2')) {
    faults.push('its certificates are not for clients (client_flag=true)')
  }
  const keyUsages = namesOf(role.key_usage).map((name) => name.toLowerCase().replace(/^keyusage/, ''))
  if (keyUsages.length > 0 && !keyUsages.includes('digitalsignature')) {
    faults.push('its certificates may not sign in a handshake (key_usage=DigitalSignature)')
  }
  const types = keyTypes.filter(([prefix]) => wanted.some((type) => type.startsWith(prefix))).map(([, type]) => type)
  const refused = types.filter((type) => role.key_type !== 'any' && role.key_type !== type)
  if (refused.length > 0) {
    faults.push(
      `it takes no keys of the type ${refused.join(' and ')} (key_type=${types.length > 1 ? 'any' : types[0]})`,
    )
  }
  if (role.use_csr_common_name === false) faults.push('it ignores the common name (use_csr_common_name=true)')
  if (role.use_csr_sans === false) faults.push('it ignores the other names (use_csr_sans=true)')
  if (role.allow_any_name !== true && namesOf(role.allowed_domains).length === 0) {
    faults.push('it allows no names (allow_any_name=true, or allowed_domains)')
  }
  const longest = Number(role.max_ttl)
  if (lifetimeSeconds !== undefined && longest > 0 && longest < lifetimeSeconds) {
    faults.push(
      `it signs for ${longest} s at most, and the profile says ${lifetimeSeconds} s (max_ttl=${lifetimeSeconds}s)`,
    )
  }
  if (role.issuer_ref !== undefined && role.issuer_ref !== 'default') {
    faults.push('it signs with another CA than the default of the engine (issuer_ref=default)')
  }
  return faults
}

function namesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []
}
