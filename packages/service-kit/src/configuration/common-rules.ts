import type { CommonConfiguration, CommonSettings } from './common-settings.ts'
import { durationMs, isLoopback } from './fields.ts'
import type { ConfigurationFault, ConfigurationRule } from './parse-configuration.ts'

type Rule = ConfigurationRule<CommonConfiguration>

/** Rules about combinations of `commonSettings` (docs/configuration.md). */
export function commonRules(settings: CommonSettings): readonly Rule[] {
  return [
    together(settings, ['tlsCertFile', 'tlsKeyFile']),
    together(settings, ['tokenIssuer', 'tokenAudience', 'tokenJwksUrl']),
    // It has no effect on the embedded issuer's tokens and on opaque ones, but would look as if it had.
    needs(settings, 'tokenType', 'tokenJwksUrl'),
    together(settings, ['introspectionUrl', 'introspectionClientId', 'introspectionClientSecret']),
    tlsBeyondLoopback(settings),
    baseUrlsBeyondLoopback(settings),
    // With a shorter limit a large collection of the heap would end the process; a longer one is a mistake.
    bounds(settings, 'blockedLimitMs', ['1s', '1h'], '0, or '),
    vaultIsReachable(settings),
    vaultLogin(settings),
    vaultNeedsRedis(settings),
    vaultNeedsIssuer(settings),
    bounds(settings, 'storeEpochTtlMs', ['100ms', '5m']),
    needs(settings, 'redisUsername', 'redisPasswordFile'),
    needs(settings, 'redisSentinelUsername', 'redisSentinelPasswordFile'),
    oneRedisLogin(settings),
    // A shorter time would refuse calls of a busy Redis; a longer one is a mistake.
    bounds(settings, 'redisTimeoutMs', ['50ms', '30s']),
  ]
}

type Duration = 'blockedLimitMs' | 'storeEpochTtlMs' | 'redisTimeoutMs'

/** @param except what is allowed beside the range, in words: 0 */
function bounds(
  settings: CommonSettings,
  name: Duration,
  [shortest, longest]: readonly [string, string],
  except = '',
): Rule {
  const [least = 0, most = 0] = [shortest, longest].map(durationMs)
  return ({ [name]: ms }) => {
    if (ms === undefined || (ms >= least && ms <= most) || (ms === 0 && except !== '')) return []
    const { variable, example } = settings[name]
    return [{ variable, problem: `must be ${except}from ${shortest} to ${longest}`, example }]
  }
}

/** What has no effect without the other. */
function needs(settings: CommonSettings, name: keyof CommonSettings, other: keyof CommonSettings): Rule {
  return (values) => {
    const isWithoutOther = other in values && values[other] === undefined
    if (values[name] === undefined || !isWithoutOther) return []
    const { variable, example } = settings[other]
    return [{ variable, problem: `is required together with ${settings[name].variable}`, example }]
  }
}

function together(settings: CommonSettings, names: readonly (keyof CommonSettings)[]): Rule {
  return (values) => {
    const absent = names.filter((name) => name in values && values[name] === undefined)
    if (absent.length === 0 || absent.length === names.length) return []
    return absent.map((name): ConfigurationFault => {
      const { variable, example } = settings[name]
      const others = names.filter((other) => other !== name).map((other) => settings[other].variable)
      return { variable, problem: `is required together with ${others.join(' and ')}`, example }
    })
  }
}

/** Credentials and keys arrive here, so never in the clear from other hosts, unless a proxy is declared to end TLS. */
function tlsBeyondLoopback({ host, tlsCertFile, tlsKeyFile, behindTlsProxy }: CommonSettings): Rule {
  return (values) => {
    const cleartext = 'tlsCertFile' in values && values.tlsCertFile === undefined
    if (values.host === undefined || isLoopback(values.host) || !cleartext || values.behindTlsProxy !== false) return []
    const tls = `set ${tlsCertFile.variable} and ${tlsKeyFile.variable}`
    const problem = `is beyond loopback without TLS: ${tls}, or ${behindTlsProxy.variable}=true if a proxy ends TLS`
    return [{ variable: host.variable, problem, example: '127.0.0.1' }]
  }
}

/** Callers on other hosts choose the Host header, so a signature made for another service would be valid here. */
function baseUrlsBeyondLoopback({ host, publicBaseUrls }: CommonSettings): Rule {
  return (values) => {
    if (values.host === undefined || isLoopback(values.host) || values.publicBaseUrls?.length !== 0) return []
    const { variable, example } = publicBaseUrls
    const problem = `is required when ${host.variable} is beyond loopback: list every url by which callers reach the service, since signatures cover it`
    return [{ variable, problem, example }]
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

/** Otherwise one of two passwords would have no effect, and nobody would see which. */
function oneRedisLogin({ redisUrls: { variable, example }, redisUsername, redisPasswordFile }: CommonSettings): Rule {
  return (values) => {
    if (values.redisPasswordFile === undefined) return []
    const urls = values.redisUrls?.reveal().map((url) => new URL(url)) ?? []
    const hasPassword = urls.some(({ password }) => password !== '')
    const hasUser = values.redisUsername !== undefined && urls.some(({ username }) => username !== '')
    if (!hasPassword && !hasUser) return []
    const [what, other] = hasPassword ? ['password', redisPasswordFile.variable] : ['user', redisUsername.variable]
    return [{ variable, problem: `must have no ${what} beside ${other}`, example }]
  }
}
