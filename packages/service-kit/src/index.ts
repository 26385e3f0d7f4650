export { commonRules } from './configuration/common-rules.ts'
export { type CommonConfiguration, type CommonSettings, commonSettings } from './configuration/common-settings.ts'
export { describeSettings, type SettingDescription } from './configuration/describe-settings.ts'
export {
  baseUrlList,
  boolean,
  choice,
  cidrList,
  duration,
  field,
  filePath,
  integer,
  port,
  secret,
  secretKey,
  serviceUrl,
  text,
} from './configuration/fields.ts'
export {
  type ConfigurationFault,
  type ConfigurationRule,
  type Environment,
  parseConfiguration,
} from './configuration/parse-configuration.ts'
export { Secret } from './configuration/secret.ts'
export { type Configuration, optional, type Setting, type Settings } from './configuration/setting.ts'
export { type Exchange, exchangeOf } from './exchange.ts'
export { createLog, type Log, type LogOptions } from './logging/log.ts'
export { logFailure } from './problems/failure-log.ts'
export { codedErrorOf } from './problems/foreign-error.ts'
export { type Problem, type ProblemDocument, problemOf } from './problems/problem.ts'
export { problemStatus } from './problems/problem-status.ts'
