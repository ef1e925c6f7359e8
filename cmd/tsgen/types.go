package main

import (
	"reflect"

	"github.com/brosops/bros/api"
	"github.com/brosops/bros/api/plan"
	"github.com/brosops/bros/api/report"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// wireTypes are written in this order; a struct they refer to must be here too.
var wireTypes = []reflect.Type{
	reflect.TypeFor[domain.Location](),
	reflect.TypeFor[domain.CenterRules](),
	reflect.TypeFor[domain.Center](),
	reflect.TypeFor[domain.Hours](),
	reflect.TypeFor[domain.Shop](),
	reflect.TypeFor[domain.Area](),
	reflect.TypeFor[domain.DeliveryZone](),
	reflect.TypeFor[domain.ZoneAnswer](),
	reflect.TypeFor[api.ZoneEvent](),
	reflect.TypeFor[domain.Rider](),
	reflect.TypeFor[domain.Position](),
	reflect.TypeFor[domain.RiderView](),
	reflect.TypeFor[domain.User](),
	reflect.TypeFor[domain.APIKey](),
	reflect.TypeFor[domain.ShopRef](),
	reflect.TypeFor[domain.Customer](),
	reflect.TypeFor[domain.Item](),
	reflect.TypeFor[domain.Payment](),
	reflect.TypeFor[domain.Order](),
	reflect.TypeFor[domain.Person](),
	reflect.TypeFor[domain.DeliveryProblem](),
	reflect.TypeFor[domain.Amendment](),
	reflect.TypeFor[domain.FieldChange](),
	reflect.TypeFor[domain.OfferRef](),
	reflect.TypeFor[domain.Asked](),
	reflect.TypeFor[domain.DeliveryMore](),
	reflect.TypeFor[domain.Delivery](),
	reflect.TypeFor[domain.Offer](),
	reflect.TypeFor[domain.OfferResult](),
	reflect.TypeFor[domain.ChatMessage](),
	reflect.TypeFor[domain.ChatRemoval](),
	reflect.TypeFor[domain.ChatRead](),
	reflect.TypeFor[api.ReadEvent](),
	reflect.TypeFor[api.ChatPeople](),
	reflect.TypeFor[domain.AuditChange](),
	reflect.TypeFor[domain.AuditEntry](),
	reflect.TypeFor[domain.HistoryEntry](),
	reflect.TypeFor[domain.Photo](),
	reflect.TypeFor[domain.Field](),
	reflect.TypeFor[domain.OrderResult](),
	reflect.TypeFor[api.Effect](),
	reflect.TypeFor[api.Suggestion](),
	reflect.TypeFor[plan.PlanStop](),
	reflect.TypeFor[plan.PlanRider](),
	reflect.TypeFor[plan.PlanWaiting](),
	reflect.TypeFor[plan.Plan](),
	reflect.TypeFor[domain.FoundAddress](),
	reflect.TypeFor[api.AddressAnswer](),
	reflect.TypeFor[api.CustomerAddress](),
	reflect.TypeFor[api.CustomerAnswer](),
	reflect.TypeFor[api.Tiles](),
	reflect.TypeFor[api.VectorTiles](),
	reflect.TypeFor[api.About](),
	reflect.TypeFor[api.ImportAnswer](),
	reflect.TypeFor[domain.ImportRow](),
	reflect.TypeFor[api.TrackingPosition](),
	reflect.TypeFor[domain.ETA](),
	reflect.TypeFor[api.TrackingShop](),
	reflect.TypeFor[api.TrackingAnswer](),
	reflect.TypeFor[report.Late](),
	reflect.TypeFor[report.Ends](),
	reflect.TypeFor[report.OfferFigures](),
	reflect.TypeFor[report.Failure](),
	reflect.TypeFor[report.Stage](),
	reflect.TypeFor[report.HourFigures](),
	reflect.TypeFor[report.RiderFigures](),
	reflect.TypeFor[report.DayFigures](),
	reflect.TypeFor[report.ShopFigures](),
	reflect.TypeFor[report.ReasonFigures](),
	reflect.TypeFor[report.Figures](),
	reflect.TypeFor[report.Daily](),
	reflect.TypeFor[report.RangeReport](),
	reflect.TypeFor[domain.CashDelivery](),
	reflect.TypeFor[domain.CashInHand](),
	reflect.TypeFor[domain.RiderCash](),
	reflect.TypeFor[domain.Settle](),
	reflect.TypeFor[domain.Settlement](),
	reflect.TypeFor[realtime.RoomInfo](),
	reflect.TypeFor[realtime.ConnInfo](),
	reflect.TypeFor[api.MonitorNode](),
	reflect.TypeFor[api.MonitorRedis](),
	reflect.TypeFor[api.MonitorFigures](),
	reflect.TypeFor[api.Monitor](),
}

// enums are the string types with a closed set of values.
var enums = []Enum{
	enum(domain.AssignModes...),
	enum(domain.ShopOpen, domain.ShopBusy, domain.ShopClosed),
	enum(domain.ZoneServe, domain.ZoneRefuse),
	enum(domain.AreaPolygon, domain.AreaMultiPolygon),
	enum(domain.DutyOn, domain.DutyOff, domain.DutyBreak),
	enum(domain.Motorcycle, domain.Bicycle, domain.Car, domain.Foot),
	enum(domain.RoleRider, domain.RoleAgent, domain.RoleDispatcher, domain.RoleManager, domain.RoleAdmin,
		domain.RoleKey, domain.RoleSystem),
	enum(domain.ScopeOrdersWrite, domain.ScopeOrdersRead, domain.ScopeEventsPublish, domain.ScopeRidersWrite,
		domain.ScopeReportsRead),
	enum(domain.Prepaid, domain.Card, domain.Cash),
	enum(domain.OrderStatuses...),
	enum(domain.DeliveryStatuses...),
	enum(domain.ProblemKinds...),
	enum(domain.OfferStatuses...),
	enum(domain.PlaceShop, domain.PlaceDoor),
	enum(domain.ResolveContinue, domain.ResolveRetry, domain.ResolveReturn, domain.ResolveFail),
	enum(domain.BalanceFast, domain.BalanceEven, domain.BalanceThrifty),
	enum(domain.CodeValidation, domain.CodeMalformed, domain.CodeUnauthenticated, domain.CodeForbidden,
		domain.CodeNotFound, domain.CodeConflict, domain.CodeIllegalTransition, domain.CodeIdempotencyMismatch,
		domain.CodeTooLarge, domain.CodeRateLimited, domain.CodeUnavailable, domain.CodeInternal),
}

// Enum is a string type and its values.
type Enum struct {
	Type   reflect.Type
	Values []string
}

func enum[T ~string](values ...T) Enum {
	e := Enum{Type: reflect.TypeFor[T]()}
	for _, v := range values {
		e.Values = append(e.Values, string(v))
	}
	return e
}
