/** How long an instance is live after its last announcement. */
export const liveMs = 5_000
