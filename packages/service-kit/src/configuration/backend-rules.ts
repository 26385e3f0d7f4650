import type { CommonConfiguration, CommonSettings } from './common-settings.ts'
import type { ConfigurationFault, ConfigurationRule } from './parse-configuration.ts'
import { redisRules } from './redis-rules.ts'

const shortestEpochTtlMs = 100
const longestEpochTtlMs = 300_000

type Rule = ConfigurationRule<CommonConfiguration>

/** Which backends go together, and what Vault needs (docs/configuration.md). */
export function backendRules(settings: CommonSettings): readonly Rule[] {
  return [
    vaultIsReachable(settings),
    vaultLogin(settings),
    vaultNeedsRedis(settings),
    vaultNeedsIssuer(settings),
    epochTtlBounds(settings),
    ...redisRules(settings),
  ]
}

function epochTtlBounds({ storeEpochTtlMs: { variable, example } }: CommonSettings): Rule {
  return ({ storeEpochTtlMs: ttl }) => {
    if (ttl === undefined || (ttl >= shortestEpochTtlMs && ttl <= longestEpochTtlMs)) return []
    return [{ variable, problem: 'must be from 100ms to 5m', example }]
  }
}

function onVault(fault: (values: Partial<CommonConfiguration>) => ConfigurationFault | undefined): Rule {
  return (values) => {
    const found = values.secretStore === 'vault' ? fault(values) : undefined
    return found ? [found] : []
  }
}

function vaultIsReachable({ vaultAddr: { variable, example } }: CommonSettings): Rule {
  return onVault((values) =>
    'vaultAddr' in values && values.vaultAddr === undefined
      ? { variable, problem: 'is required with SECRET_STORE=vault', example }
      : undefined,
  )
}

/** Exactly one way to log in. */
function vaultLogin({ vaultRoleId, vaultSecretIdFile, vaultKubernetesRole, vaultToken }: CommonSettings): Rule {
  return onVault((values) => {
    const ways = [values.vaultRoleId, values.vaultKubernetesRole, values.vaultToken].filter((way) => way !== undefined)
    if (ways.length !== 1) {
      const others = `or ${vaultKubernetesRole.variable}, or ${vaultToken.variable} instead`
      const problem = `(${others}) is required with SECRET_STORE=vault, exactly one of the three`
      return { variable: vaultRoleId.variable, problem, example: vaultRoleId.example }
    }
    if (values.vaultRoleId === undefined || values.vaultSecretIdFile !== undefined) return undefined
    const { variable, example } = vaultSecretIdFile
    return { variable, problem: `is required together with ${vaultRoleId.variable}`, example }
  })
}

/** Instances that share a Vault but no Redis would each accept a replayed call, and miss each other's changes. */
function vaultNeedsRedis({ redisUrls: { variable, example }, singleInstance }: CommonSettings): Rule {
  return onVault(({ redisUrls, singleInstance: single }) =>
    redisUrls?.reveal().length === 0 && single === false
      ? { variable, problem: `is required with SECRET_STORE=vault, or ${singleInstance.variable}=true`, example }
      : undefined,
  )
}

/** The key of the embedded issuer is a file: on Vault instances run on several hosts. */
function vaultNeedsIssuer({ tokenIssuer, introspectionUrl }: CommonSettings): Rule {
  return onVault((values) => {
    if (values.tokenJwksUrl !== undefined || values.introspectionUrl !== undefined) return undefined
    const problem = `(with its audience and keys) or ${introspectionUrl.variable} is required with SECRET_STORE=vault`
    return { variable: tokenIssuer.variable, problem, example: tokenIssuer.example }
  })
}
