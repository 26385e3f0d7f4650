/** An OAuth 1.0a consumer key of an account, and its secret. */
export interface AppKey {
  readonly appKey: string
  readonly appSecret: string
}
