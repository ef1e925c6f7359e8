// Package planner is the dispatch engine: it keeps a plan for a center, of all
// orders that nobody has been told of yet, for all riders who are or soon will
// be free. It is pure: no clock, no I/O, and the same problem gives the same plan.
//
// # How to drive it
//
// On each change, and each few seconds without one, make a Problem from the
// truth (where riders are, what they have in hand, what waits), never from what
// the last plan thought, and Solve it with the last plan as Problem.Last:
//
//	plan := planner.Solve(planner.Problem{
//		Now: now, Orders: orders, Riders: riders, Travel: matrix,
//		Demand: arrivals.Demand(now), Last: last,
//		Settings: planner.Settings{Balance: planner.Even, Interleave: true,
//			Commit: planner.Commit{Tick: 5.0 / 60, Lead: 0.5, Whole: true}},
//	})
//	for _, t := range plan.Due() { … assign or offer t.OrderID to t.RiderID … }
//
// Times are float64 minutes on a clock of the caller's (since the day's begin,
// say). Places are numbers that the Travel port understands: number the shops,
// the doors and the riders of one tick, and ask the router for a matrix.
//
// What a rider has in hand (told, accepted, or given by a person) is in
// Rider.Stops, in the order in which it will be ridden, and its orders are in
// Problem.Orders too; the plan never takes it away and never reorders it.
// Rider.Fixed says how many of those stops nothing may be put before. An order
// that is not in anybody's Stops waits: it is held while HeldUntil is ahead,
// and it has an open offer while Offered names a rider.
//
// A stop's Level is what a board shows. Go stays until the caller has acted or
// the next plan thinks otherwise: in the mode "dispatch" it is shown, in "auto"
// assigned at once, in "offer" asked, with Commit.Lead as long as an answer may
// take. A plan is kept, handed to the next Solve, and not changed.
//
// Explain says of one order what each rider would mean for it.
package planner
