// Command metrics prints the metrics that Velero's server and node agent register, as Prometheus
// describes them, one a line. Many of a server's appear only once there is something to count, so
// that scraping one shows a part of them.
package main

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/vmware-tanzu/velero/pkg/metrics"
)

func main() {
	for _, each := range []*metrics.ServerMetrics{
		metrics.NewServerMetrics(), metrics.NewNodeMetrics(),
	} {
		for _, collector := range each.Metrics() {
			descriptions := make(chan *prometheus.Desc, 1)
			collector.Describe(descriptions)
			fmt.Println(<-descriptions)
		}
	}
}
