import {
  type Configuration,
  type ConfigurationRule,
  commonRules,
  commonSettings,
  type Environment,
  parseConfiguration,
  required,
  targetSettings,
  text,
} from '@mtls-gateway/service-kit'
import { sharedSecretFile } from '../configuration/shared-secret.ts'
import { roleLoginFaults } from '../role-login/role-login.ts'

const common = commonSettings('PROBER', { service: 8_443, management: 9_082 })

/** Every variable that the prober reads. */
export const proberSettings = {
  port: common.port,
  host: text('PROBER_HOST', {
    default: '127.0.0.1',
    example: '0.0.0.0',
    meaning: 'Address to listen on, with TLS by PROBER_SECRET_FILE.',
  }),
  managementPort: common.managementPort,
  managementHost: common.managementHost,
  secretFile: required(sharedSecretFile),
  logLevel: common.logLevel,
  instanceName: common.instanceName,
  shutdownPauseMs: common.shutdownPauseMs,
  shutdownGraceMs: common.shutdownGraceMs,
  blockedLimitMs: common.blockedLimitMs,
  memoryLimitMiB: common.memoryLimitMiB,
  vaultAddr: required(common.vaultAddr),
  vaultMount: common.vaultMount,
  vaultNamespace: common.vaultNamespace,
  vaultCaFile: common.vaultCaFile,
  vaultRoleId: common.vaultRoleId,
  vaultSecretIdFile: common.vaultSecretIdFile,
  vaultAppRoleMount: common.vaultAppRoleMount,
  vaultKubernetesRole: common.vaultKubernetesRole,
  vaultKubernetesJwtFile: common.vaultKubernetesJwtFile,
  vaultKubernetesMount: common.vaultKubernetesMount,
  vaultTimeoutMs: common.vaultTimeoutMs,
  ...targetSettings(),
}

export type ProberConfiguration = Configuration<typeof proberSettings>

/** @throws CodedError `CONFIGURATION_INVALID` */
export function readConfiguration(environment: Environment): ProberConfiguration {
  return parseConfiguration(proberSettings, environment, [...commonRules(common), login])
}

/** Exactly one login, in a form that can be handed to a child process: where the credential is. */
const login: ConfigurationRule<ProberConfiguration> = (values) => {
  const { vaultRoleId: roleId, vaultSecretIdFile: secretIdFile, vaultKubernetesRole: kubernetesRole } = values
  if (roleId === undefined && kubernetesRole === undefined && secretIdFile === undefined) {
    const { variable, example } = common.vaultRoleId
    return [{ variable, problem: `(or ${common.vaultKubernetesRole.variable} instead) is required`, example }]
  }
  const isSecretIdFileFaulty = !('vaultSecretIdFile' in values)
  const settings = {
    roleId: common.vaultRoleId,
    secretIdFile: common.vaultSecretIdFile,
    kubernetesRole: common.vaultKubernetesRole,
  }
  return roleLoginFaults(settings, { roleId, secretIdFile, isSecretIdFileFaulty, kubernetesRole })
}
