/** What clients need while they run: where operations are, and names of header fields. It loads no schema. */
import {
  accountRoutes,
  acmeRoutes,
  activationRoutes,
  appKeyRoutes,
  approvalRoutes,
  callerRoutes,
  callRoutes,
  certificateRoutes,
  checkMappingRoutes,
  documentRoutes,
  handoverRoutes,
  healthRoutes,
  invitationRoutes,
  keyTesterRoutes,
  mappingRoutes,
  planRoutes,
  rotationRoutes,
  serviceRoutes,
  signingKeyRoutes,
  signingRequestRoutes,
  targetCaRoutes,
  tokenTestRoutes,
  trialRoutes,
  trustRoutes,
} from './routes.ts'

export { addsCa, callReasons, isUnmapped, reasonOfCodes, triesHelp } from './call-reasons.ts'
export { headerNames } from './headers.ts'
export { accountPath, baseUrlPath } from './paths.ts'
export { planWaitAdvice } from './plan-waits.ts'
export type { Method, Route, Routes } from './routes.ts'
export { shellWord } from './shell-word.ts'

export const configApiRoutes = {
  ...callerRoutes,
  ...serviceRoutes,
  ...certificateRoutes,
  ...signingRequestRoutes,
  ...rotationRoutes,
  ...planRoutes,
  ...handoverRoutes,
  ...mappingRoutes,
  ...trustRoutes,
  ...activationRoutes,
  ...targetCaRoutes,
  ...trialRoutes,
  ...keyTesterRoutes,
  ...appKeyRoutes,
  ...invitationRoutes,
  ...signingKeyRoutes,
  ...approvalRoutes,
  ...accountRoutes,
  ...documentRoutes,
  ...callRoutes,
  ...acmeRoutes,
  ...healthRoutes,
} as const

/** Without the forward, whose answers are those of its targets. */
export const forwarderApiRoutes = { ...checkMappingRoutes, ...tokenTestRoutes, ...healthRoutes } as const

/** Most ids that a list is asked for in one request. */
export const maxAskedIds = 100
