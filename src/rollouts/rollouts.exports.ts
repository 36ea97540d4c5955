/** What other features may know of this one; RolloutsModule provides the classes. */
export { RolloutOffers, type PersonalDecision, type PersonalExplanation } from './rollout-offers.js';
export { ALL_DEVICES, CheckIns } from './clock/check-ins.js';
