/** What other features may know of this one. */
export { LogsService, type Offer } from './logs.service.js';
export { WaitingOffers } from './waiting-offers.js';
