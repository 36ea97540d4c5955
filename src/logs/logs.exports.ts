/** What other features may know of this one. */
export { AttemptObservers } from './attempt-observers.js';
export { LogsService, type Offer } from './logs.service.js';
export { WaitingOffers } from './waiting-offers.js';
