export { lpHeadersHash } from '@mtls-gateway/domain/lp-headers-hash'
export { bodyHashOf, type OAuth1Hash, type OAuth1Request, signOAuth1 } from './sign-oauth1.ts'
