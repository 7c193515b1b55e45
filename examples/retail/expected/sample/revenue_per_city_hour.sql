SELECT city, state, hour, orders, items, revenue
FROM gold.revenue_per_city_hour
ORDER BY city, state, hour
