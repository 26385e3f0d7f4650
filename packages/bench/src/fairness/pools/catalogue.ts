import type { MeasuredPool } from '../measured-pools.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { accountReads } from './account-reads.ts'
import { longAnswers, smallRecords, targetCosts } from './answers.ts'
import { configApiConnections, forwarderConnections } from './connections.ts'
import { forwardCalls } from './forward-calls.ts'
import { handshakes } from './handshakes.ts'
import { hotIdentities, tlsContexts } from './hot-identities.ts'
import { expensiveKeyFiles, keyFiles } from './key-files.ts'
import { keyGeneration } from './key-generation.ts'
import { configApiLookUps, forwarderLookUps } from './look-ups.ts'
import {
  callsFrom16Addresses,
  callsFrom64Addresses,
  closingTargets,
  crumbs,
  deadTargets,
  earlyHints,
} from './many-calls.ts'
import { issuerOrders, planSteps } from './plan-steps.ts'
import { probes } from './probes.ts'
import { configApiBodies, forwarderBodies } from './request-bodies.ts'
import { requestSignatures } from './request-signatures.ts'
import { formSignatures, signedForms } from './signed-forms.ts'
import {
  configApiTokenQuestions,
  forwarderTokenQuestions,
  strangersOfConfigApi,
  strangersOfForwarder,
} from './strangers.ts'
import { connectionMemory, targetConnectionPlaces } from './target-connections.ts'
import { tracedCalls } from './traced-calls.ts'
import { noticeTests, webhookDeliveries } from './webhook-deliveries.ts'

export const measurements: Readonly<Record<MeasuredPool, PoolMeasurement>> = {
  'connections of forwarder-api': forwarderConnections,
  'forward-calls of forwarder-api': forwardCalls,
  'hot-identities of forwarder-api': hotIdentities,
  'tls-contexts of forwarder-api': tlsContexts,
  'target-connections of forwarder-api': targetConnectionPlaces,
  'connection-memory of forwarder-api': connectionMemory,
  'target-costs of forwarder-api': targetCosts,
  'look-ups of forwarder-api': forwarderLookUps,
  'handshakes of forwarder-api': handshakes,
  'signed-forms of forwarder-api': signedForms,
  'form-signatures of forwarder-api': formSignatures,
  'request-bodies of forwarder-api': forwarderBodies,
  'request-signatures of forwarder-api': requestSignatures,
  'connections of config-api': configApiConnections,
  'request-bodies of config-api': configApiBodies,
  'account-reads of config-api': accountReads,
  'look-ups of config-api': configApiLookUps,
  'key-files of config-api': keyFiles,
  'expensive-key-files of config-api': expensiveKeyFiles,
  'key-generation of config-api': keyGeneration,
  'traced-calls of config-api': tracedCalls,
  'probes of config-api': probes,
  'webhook-deliveries of config-api': webhookDeliveries,
  'notice-tests of config-api': noticeTests,
  'plan-steps of config-api': planSteps,
  'issuer-orders of config-api': issuerOrders,
  'long-answers of forwarder-api': longAnswers,
  'small-records of forwarder-api': smallRecords,
  'calls-from-16-addresses of forwarder-api': callsFrom16Addresses,
  'calls-from-64-addresses of forwarder-api': callsFrom64Addresses,
  'dead-targets of forwarder-api': deadTargets,
  'closing-targets of forwarder-api': closingTargets,
  'early-hints of forwarder-api': earlyHints,
  'crumbs of forwarder-api': crumbs,
  'token-questions of forwarder-api': forwarderTokenQuestions,
  'token-questions of config-api': configApiTokenQuestions,
  'strangers of forwarder-api': strangersOfForwarder,
  'strangers of config-api': strangersOfConfigApi,
}
